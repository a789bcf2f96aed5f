using Appliance.Data.Rights;
using Appliance.Web.Deeds;

namespace Appliance.Web.Logs;

/// <summary>The log as pages change it. One instance an open page.</summary>
public sealed class LogDeeds(PageDeeds deeds, LogControl log)
{
    private const string Undone = "the log was not changed";

    /// <summary>A level for an area, for so long; null: until the process ends.</summary>
    public Task ChooseAsync(string area, LogLevel level, TimeSpan? during) =>
        deeds.TellAsync(
            Of(
                actor => log.ChooseAsync(actor, area, level, during, CancellationToken.None),
                $"The level of {area} is {LogWords.Of(level)}{(during is { } time ? $" for {LogWords.Of(time)}" : "")}."
            )
        );

    /// <summary>The level of the setting again.</summary>
    public Task ResetAsync(string area) =>
        deeds.TellAsync(
            Of(actor => log.ResetAsync(actor, area, CancellationToken.None), $"The level of {area} is that of the setting again.")
        );

    /// <summary>Lines as JSON, or as text.</summary>
    public Task FormatAsync(bool isJson) =>
        deeds.TellAsync(
            Of(actor => log.FormatAsync(actor, isJson, CancellationToken.None), $"The log is written as {LogWords.Format(isJson)}.")
        );

    /// <summary>The access log from now on. Null, or what is wrong at which field.</summary>
    public async Task<(AccessLogField Field, string Sentence)?> ChangeAccessAsync(AccessLogChoice choice)
    {
        (AccessLogField Field, string Sentence)? fault = null;
        await deeds.TellAsync(
            new Deed<bool>
            {
                Do = async actor =>
                {
                    fault = await log.ChangeAccessAsync(actor, choice, CancellationToken.None);
                    return fault is null;
                },
                Said = done =>
                    done
                        ? new(
                            (choice.Place == "off" ? "The access log is off." : $"The access log goes to {log.Access.Place}.")
                                + log.WaitingWords
                        )
                        : null,
                Undone = Undone,
            }
        );
        return fault;
    }

    private Deed<bool> Of(Func<Actor, Task> act, string said) =>
        new()
        {
            Do = async actor =>
            {
                await act(actor);
                return true;
            },
            Said = _ => new(said + log.WaitingWords),
            Undone = Undone,
        };
}

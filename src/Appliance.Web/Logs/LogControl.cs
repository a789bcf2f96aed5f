using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Sockets;

namespace Appliance.Web.Logs;

/// <summary>
/// The log as people change it while the process runs: the one door for pages and commands. Administrators may; each change has its line in
/// the audit, which waits while the database is away, for a log is wanted most when something is wrong. Throws
/// <see cref="NotAllowedException"/>.
/// </summary>
public sealed class LogControl(LogSwitch log, IAccessLogSwitch access, AuditStore audit, ILogger<LogControl> lines)
{
    /// <summary>The longest time for which a level is chosen.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private const string Action = "log.change";
    private readonly SocketNotes _notes = new(audit, lines);

    /// <inheritdoc cref="SocketNotes.WaitingWords"/>
    public string WaitingWords => _notes.WaitingWords;

    /// <summary>What the log shows now.</summary>
    public LogState State => log.State;

    /// <summary>The access log as it is now.</summary>
    public AccessLogChoice Access => access.Now;

    /// <summary>The folder for files that are chosen in the console.</summary>
    public string AccessFolder => access.Folder;

    /// <summary>The access log as the settings have it.</summary>
    public AccessLogChoice AccessSetting => access.Setting;

    /// <summary>A level for an area, or for everything, for so long; null: until the process ends.</summary>
    public async Task ChooseAsync(Actor actor, string area, LogLevel level, TimeSpan? during, CancellationToken cancellationToken)
    {
        var after = LogWords.Of(level) + (during is { } time ? $" for {LogWords.Of(time)}" : " until the process ends");
        await DemandAsync(actor, $"the log level of {area}", Shown(area), after, cancellationToken);
        log.Choose(area, level, during, actor.Name);
    }

    /// <summary>The level of the setting again, for one area or, with null, for all.</summary>
    public async Task ResetAsync(Actor actor, string? area, CancellationToken cancellationToken)
    {
        var after = $"{LogWords.Of(State.Setting)}, as the setting has it";
        await DemandAsync(actor, $"the log level of {area ?? LogArea.Everything}", Shown(area), after, cancellationToken);
        log.Reset(area);
    }

    /// <summary>Lines as JSON, or as text. What is so already is no change, and has no line in the audit.</summary>
    public async Task FormatAsync(Actor actor, bool isJson, CancellationToken cancellationToken)
    {
        if (isJson == State.IsJson && Refusal(actor) is null)
            return;
        await DemandAsync(actor, "the format of the log", LogWords.Format(State.IsJson), LogWords.Format(isJson), cancellationToken);
        log.Format(isJson);
    }

    /// <summary>The access log from now on. Null, or why it cannot be so: then nothing has changed.</summary>
    public async Task<(AccessLogField Field, string Sentence)?> ChangeAccessAsync(
        Actor actor,
        AccessLogChoice choice,
        CancellationToken cancellationToken
    )
    {
        const string target = "the access log";
        var before = LogWords.Of(Access);
        var after = LogWords.Of(choice);
        if (Refusal(actor) is { } refusal)
            throw await RefusedAsync(actor, target, before, after, refusal, cancellationToken);
        var fault = access.Change(choice, isLocal: actor is { Session: null, Token: null });
        await NoteAsync(actor, target, before, after, fault is var (_, sentence) ? "failed: " + sentence : "ok", cancellationToken);
        return fault;
    }

    private string? Shown(string? area) =>
        State.Chosen.GetValueOrDefault(area ?? LogArea.Everything) is { } chosen ? LogWords.Of(chosen.Level) : LogWords.Of(State.Level);

    private static string? Refusal(Actor actor) => actor.Grant.Refusal(Role.Administrator, "Changing the log");

    private async Task DemandAsync(Actor actor, string target, string? before, string after, CancellationToken cancellationToken)
    {
        if (Refusal(actor) is { } refusal)
            throw await RefusedAsync(actor, target, before, after, refusal, cancellationToken);
        await NoteAsync(actor, target, before, after, "ok", cancellationToken);
    }

    private async Task<NotAllowedException> RefusedAsync(
        Actor actor,
        string target,
        string? before,
        string after,
        string refusal,
        CancellationToken cancellationToken
    )
    {
        await NoteAsync(actor, target, before, after, "not_allowed: " + refusal, cancellationToken);
        return new(refusal);
    }

    private Task NoteAsync(Actor actor, string target, string? before, string after, string result, CancellationToken cancellationToken) =>
        _notes.AddOrKeepAsync(actor, Action, target, before, after, cancellationToken, result);
}

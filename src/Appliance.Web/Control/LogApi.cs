using Appliance.Data.Rights;
using Appliance.Web.Logs;
using Appliance.Web.Startup;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Control;

/// <summary>The log for the command line.</summary>
internal static class LogApi
{
    public static void Map(RouteGroupBuilder control, LogControl log)
    {
        control.MapGet("/log", () => Answer(log, null));
        control.MapPost("/log", async (LogRequest request, CancellationToken cancelled) =>
            Answer(log, await ChangeAsync(log, request, cancelled))
        );
    }

    // Null, or why nothing was changed.
    private static async Task<string?> ChangeAsync(LogControl log, LogRequest request, CancellationToken cancelled)
    {
        var actor = Actor.Local(request.Author);
        if (request.Area is { } name && name != LogArea.Everything && LogArea.Find(name) is null)
            return $"There is no area \"{name}\". Areas: {LogArea.Everything}, {string.Join(", ", LogArea.All.Select(area => area.Name))}.";
        if (request.During is { } during && (during <= TimeSpan.Zero || during > LogControl.Longest))
            return "A level is chosen for at most 7 days.";
        if (request.Level is { } text)
        {
            if (LogWords.Level(text) is not { } level)
                return $"There is no level \"{text}\". Levels: {string.Join(", ", LogWords.Levels.Select(LogWords.Of))}.";
            await log.ChooseAsync(actor, AreaOf(request) ?? LogArea.Everything, level, request.During, cancelled);
        }

        if (request.Reset)
            await log.ResetAsync(actor, AreaOf(request), cancelled);
        if (request.Format is { } format)
        {
            if (format is not ("text" or "json"))
                return "A format is text or json.";
            await log.FormatAsync(actor, format == "json", cancelled);
        }

        if (request.AccessPlace is null && request.AccessFormat is null)
            return null;
        var choice = new AccessLogChoice(request.AccessPlace ?? log.Access.Place, request.AccessFormat ?? log.Access.Format);
        return await log.ChangeAccessAsync(actor, choice, cancelled) is var (field, sentence)
            ? $"The {(field == AccessLogField.Place ? "place" : "format")} of the access log: {sentence}"
            : null;
    }

    private static string? AreaOf(LogRequest request) => request.Area is { } name ? LogArea.Find(name)?.Name ?? LogArea.Everything : null;

    private static LogAnswer Answer(LogControl log, string? problem)
    {
        var state = log.State;
        LogLine Line(string area, LogLevel level) =>
            state.Chosen.GetValueOrDefault(area) is { } chosen
                ? new(area, LogWords.Of(chosen.Level), chosen.Until?.UtcDateTime, chosen.By)
                : new(area, LogWords.Of(level), null, null);
        return new(
            problem is null ? ExitCodes.Ok : ExitCodes.Problems,
            problem,
            LogWords.Of(state.Setting),
            LogWords.Format(state.IsJson),
            [Line(LogArea.Everything, state.Level), .. LogArea.All.Select(area => Line(area.Name, state.LevelOf(area)))],
            log.Access.Place,
            log.Access.Format,
            log.AccessSetting.Place,
            log.WaitingWords.Length > 0 ? log.WaitingWords.Trim() : null
        );
    }
}

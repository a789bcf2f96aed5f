namespace Appliance.Web.Logs;

/// <summary>Levels, formats and times of the log in words.</summary>
internal static class LogWords
{
    /// <summary>The levels as the settings have them, the most talkative first.</summary>
    public static IReadOnlyList<LogLevel> Levels { get; } = Enum.GetValues<LogLevel>();

    /// <summary>A level, as <c>APPLIANCE_LOG_LEVEL</c> takes it.</summary>
    public static string Of(LogLevel level) => level.ToString().ToLowerInvariant();

    /// <summary>The level of that name, or null.</summary>
    public static LogLevel? Level(string text) =>
        Levels
            .Where(level => Of(level).Equals(text, StringComparison.OrdinalIgnoreCase))
            .Select(level => (LogLevel?)level)
            .FirstOrDefault();

    /// <summary>A format, as <c>APPLIANCE_LOG_FORMAT</c> takes it.</summary>
    public static string Format(bool isJson) => isJson ? "json" : "text";

    /// <summary>A time: <c>10 minutes</c>.</summary>
    public static string Of(TimeSpan time) =>
        time < TimeSpan.FromMinutes(1) ? $"{time.TotalSeconds:0.#} s" : $"{time.TotalMinutes:0.#} min";

    /// <summary>An access log: <c>/var/log/a.log, combined</c>.</summary>
    public static string Of(AccessLogChoice choice) => choice.Place == "off" ? "off" : $"{choice.Place}, {choice.Format}";
}

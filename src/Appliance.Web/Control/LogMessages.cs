using System.Collections.Immutable;

namespace Appliance.Web.Control;

/// <summary>What of the log is to change; what is null stays.</summary>
public sealed record LogRequest
{
    /// <summary>The area whose level changes; null: all.</summary>
    public string? Area { get; init; }

    /// <summary>The new level, by its name.</summary>
    public string? Level { get; init; }

    /// <summary>For how long; null: until the process ends.</summary>
    public TimeSpan? During { get; init; }

    /// <summary>True: the level of the setting again.</summary>
    public bool Reset { get; init; }

    /// <summary><c>text</c> or <c>json</c>.</summary>
    public string? Format { get; init; }

    /// <summary>Where lines of the access log go.</summary>
    public string? AccessPlace { get; init; }

    /// <summary>What they say.</summary>
    public string? AccessFormat { get; init; }

    /// <summary>Who asks, for the audit.</summary>
    public string Author { get; init; } = "local";
}

/// <summary>The level of an area.</summary>
/// <param name="Area">Its name.</param>
/// <param name="Level">The least severe line.</param>
/// <param name="UntilUtc">When the setting counts again; null: at the end of the process, or it counts already.</param>
/// <param name="By">Who chose the level; null: it is the level of the setting, or that of everything.</param>
public sealed record LogLine(string Area, string Level, DateTime? UntilUtc, string? By);

/// <summary>What the log shows now.</summary>
/// <param name="ExitCode">Of the command.</param>
/// <param name="Problem">Why nothing was changed: a sentence; null: it was, or nothing was asked for.</param>
/// <param name="Setting">The level of <c>APPLIANCE_LOG_LEVEL</c>.</param>
/// <param name="Format"><c>text</c> or <c>json</c>.</param>
/// <param name="Areas">The level of everything, then of each area.</param>
/// <param name="AccessPlace">Where lines of the access log go.</param>
/// <param name="AccessFormat">What they say.</param>
/// <param name="AccessSetting">Where they go by <c>APPLIANCE_ACCESS_LOG</c>.</param>
/// <param name="Waiting">That lines of the audit wait for the database: a sentence; null: none waits.</param>
public sealed record LogAnswer(
    int ExitCode,
    string? Problem,
    string Setting,
    string Format,
    ImmutableArray<LogLine> Areas,
    string AccessPlace,
    string AccessFormat,
    string AccessSetting,
    string? Waiting
);

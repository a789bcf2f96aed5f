using System.Collections.Immutable;

namespace Appliance.Web.Logs;

/// <summary>A level that somebody has chosen while the process runs.</summary>
/// <param name="Level">The least severe line.</param>
/// <param name="Until">When the level of the setting counts again, UTC; null: at the end of the process.</param>
/// <param name="By">Who chose it.</param>
public sealed record ChosenLevel(LogLevel Level, DateTimeOffset? Until, string By)
{
    /// <summary>The same end as a timestamp: clocks on the wall jump.</summary>
    internal long? EndsAt { get; init; }
}

/// <summary>What the log shows now. Immutable.</summary>
/// <param name="Setting">The level of <c>APPLIANCE_LOG_LEVEL</c>.</param>
/// <param name="IsJson">Lines as JSON.</param>
/// <param name="Chosen">Levels that were chosen since the start, by area; <see cref="LogArea.Everything"/> is for all of them.</param>
public sealed record LogState(LogLevel Setting, bool IsJson, ImmutableSortedDictionary<string, ChosenLevel> Chosen)
{
    /// <summary>The level of areas without one of their own.</summary>
    public LogLevel Level => Chosen.GetValueOrDefault(LogArea.Everything)?.Level ?? Setting;

    /// <summary>The level of an area.</summary>
    public LogLevel LevelOf(LogArea area)
    {
        var level = Chosen.GetValueOrDefault(area.Name)?.Level ?? Level;

        // The frameworks' chatter is for their authors; their warnings are for everyone.
        return area.Name == LogArea.Frameworks && level is > LogLevel.Debug and < LogLevel.Warning ? LogLevel.Warning : level;
    }

    /// <summary>The level of a logger: that of its area, or that of everything.</summary>
    public LogLevel LevelOf(string category)
    {
        var (length, level) = (0, Level);
        foreach (var area in LogArea.All)
        {
            foreach (var prefix in area.Categories)
            {
                if (prefix.Length > length && category.StartsWith(prefix, StringComparison.Ordinal))
                    (length, level) = (prefix.Length, LevelOf(area));
            }
        }

        return level;
    }
}

using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Appliance.Web.Logs;

/// <summary>
/// What the log shows, changed while the process runs. A change is state of the process and ends with it; one with a time ends before.
/// </summary>
public sealed class LogSwitch : IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private CancellationTokenSource _changed = new();
    private volatile LogState _state;
    private volatile ILogger? _log;

    /// <summary>Begins with the settings.</summary>
    public LogSwitch(LogLevel setting, bool isJson, TimeProvider time)
    {
        _time = time;
        _state = new(setting, isJson, ImmutableSortedDictionary<string, ChosenLevel>.Empty);
        _timer = time.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What it shows now.</summary>
    public LogState State => _state;

    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <summary>
    /// From now on, the end of a level after its time is said there: the log is made with this switch, and comes after it.
    /// </summary>
    public void TellIn(ILogger log) => _log = log;

    /// <summary>
    /// A level for an area, or for <see cref="LogArea.Everything"/>, for so long; null: until the end of the process.
    /// </summary>
    public void Choose(string area, LogLevel level, TimeSpan? during, string by) =>
        Change(state =>
            state with
            {
                Chosen = state.Chosen.SetItem(
                    area,
                    new(level, _time.GetUtcNow() + during, by)
                    {
                        EndsAt = during is { } time ? _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency) : null,
                    }
                ),
            }
        );

    /// <summary>The level of the setting again, for one area or, with null, for all.</summary>
    public void Reset(string? area) =>
        Change(state => state with { Chosen = area is null ? state.Chosen.Clear() : state.Chosen.Remove(area) });

    /// <summary>Lines as JSON, or as text.</summary>
    public void Format(bool isJson) => Change(state => state with { IsJson = isJson });

    /// <inheritdoc/>
    public IChangeToken GetChangeToken()
    {
        lock (_gate)
            return new CancellationChangeToken(_changed.Token);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _changed.Dispose();
    }

    private void Change(Func<LogState, LogState> change)
    {
        CancellationTokenSource before;
        lock (_gate)
        {
            _state = change(_state);
            (before, _changed) = (_changed, new());
            SetTimer();
        }

        before.Cancel();
        before.Dispose();
    }

    // Looked at each hour at least: once more than needed does no harm.
    private void SetTimer()
    {
        if (_state.Chosen.Values.Min(chosen => chosen.EndsAt) is not { } next)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var now = _time.GetTimestamp();
        var wait = next > now ? _time.GetElapsedTime(now, next) : TimeSpan.Zero;
        _timer.Change(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, _shortest.Ticks, _longest.Ticks)), Timeout.InfiniteTimeSpan);
    }

    private void End()
    {
        var now = _time.GetTimestamp();
        ImmutableArray<KeyValuePair<string, ChosenLevel>> over = [];

        // With a setting that lets no such line through, it is said while the chosen level still does.
        var isSaid = _state.Setting > LogLevel.Information;
        if (isSaid)
            Say([.. _state.Chosen.Where(one => one.Value.EndsAt <= now)], _ => _state.Setting);
        Change(state =>
        {
            over = [.. state.Chosen.Where(one => one.Value.EndsAt <= now)];
            return state with { Chosen = state.Chosen.RemoveRange(over.Select(one => one.Key)) };
        });
        if (!isSaid)
            Say(over, area => LogArea.Find(area) is { } known ? _state.LevelOf(known) : _state.Level);
    }

    private void Say(ImmutableArray<KeyValuePair<string, ChosenLevel>> over, Func<string, LogLevel> next)
    {
        foreach (var (area, was) in over)
            _log?.LevelIsOver(area, LogWords.Of(was.Level), was.By, LogWords.Of(next(area)));
    }
}

internal static partial class LogSwitchLog
{
    [LoggerMessage(3100, LogLevel.Information, "The time of log level {Level} of {Area}, chosen by {Person}, is over: it is {Now} again.")]
    public static partial void LevelIsOver(this ILogger log, string area, string level, string person, string now);
}

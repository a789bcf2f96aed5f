using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Appliance.Web.Logs;

/// <summary>
/// What the log shows, changed while the process runs. A change is state of the process and ends with it; one with a time ends before.
/// </summary>
public sealed class LogSwitch : IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private CancellationTokenSource _changed = new();
    private volatile LogState _state;

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
    /// A level for an area, or for <see cref="LogArea.Everything"/>, for so long; null: until the end of the process.
    /// </summary>
    public void Choose(string area, LogLevel level, TimeSpan? during, string by) =>
        Change(state => state with { Chosen = state.Chosen.SetItem(area, new(level, _time.GetUtcNow() + during, by)) });

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

    // Once more than needed does no harm: what is not over is looked at again.
    private void SetTimer()
    {
        var next = _state.Chosen.Values.Min(chosen => chosen.Until);
        var wait = next - _time.GetUtcNow();
        _timer.Change(
            wait is not { } left ? Timeout.InfiniteTimeSpan
                : left > TimeSpan.FromMilliseconds(1) ? left
                : TimeSpan.FromMilliseconds(1),
            Timeout.InfiniteTimeSpan
        );
    }

    private void End()
    {
        var now = _time.GetUtcNow();
        Change(state =>
            state with
            {
                Chosen = state.Chosen.RemoveRange(state.Chosen.Where(one => one.Value.Until <= now).Select(one => one.Key)),
            }
        );
    }
}

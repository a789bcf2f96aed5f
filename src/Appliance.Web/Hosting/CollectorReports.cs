using Appliance.Web.About;

namespace Appliance.Web.Hosting;

/// <summary>
/// Says in the log what the collector does not take: one warning a minute, with what was lost since the last one, and one line when it
/// takes everything again. Called by the threads that export.
/// </summary>
internal sealed class CollectorReports(CollectorState state, TimeProvider time)
{
    private static readonly TimeSpan _every = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _unsaid = new(StringComparer.Ordinal);
    private ILogger? _log;
    private long? _saidAt;
    private bool _isDown;

    /// <summary>Where it is said. Before this is set, nothing is.</summary>
    public ILogger? Log
    {
        get => Volatile.Read(ref _log);
        set => Volatile.Write(ref _log, value);
    }

    /// <summary>The collector took an export.</summary>
    public void Took(string signal)
    {
        state.Took(signal);
        string lost;
        lock (_gate)
        {
            if (!_isDown || state.Signals.Any(one => one.IsFailing))
                return;
            _isDown = false;
            lost = TakeUnsaid();
        }

        if (lost.Length > 0)
            Log?.CollectorIsBackWithLoss(state.Endpoint, lost);
        else
            Log?.CollectorIsBack(state.Endpoint);
    }

    /// <summary>An export failed; with it, so many spans, readings or lines were lost.</summary>
    public void Failed(string signal, string reason, long lost)
    {
        state.Failed(signal, reason, lost);
        string words;
        lock (_gate)
        {
            _unsaid[signal] = _unsaid.GetValueOrDefault(signal) + lost;
            if (Log is null || (_saidAt is { } before && time.GetElapsedTime(before) < _every))
                return;
            _saidAt = time.GetTimestamp();
            _isDown = true;
            words = TakeUnsaid();
        }

        Log?.CollectorTakesNothing(state.Endpoint, reason, words.Length > 0 ? words : "nothing that is known of");
    }

    private string TakeUnsaid()
    {
        var words = string.Join(", ", _unsaid.Where(pair => pair.Value > 0).Select(pair => CollectorSignal.InWords(pair.Key, pair.Value)));
        _unsaid.Clear();
        return words;
    }
}

internal static partial class CollectorReportsLog
{
    [LoggerMessage(3060, LogLevel.Warning, "The collector {Endpoint} {Reason}. Lost: {Lost}. (said once a minute)")]
    public static partial void CollectorTakesNothing(this ILogger log, string endpoint, string reason, string lost);

    [LoggerMessage(3061, LogLevel.Information, "The collector {Endpoint} takes what it is sent again.")]
    public static partial void CollectorIsBack(this ILogger log, string endpoint);

    [LoggerMessage(
        3062,
        LogLevel.Information,
        "The collector {Endpoint} takes what it is sent again. Lost since the last warning: {Lost}."
    )]
    public static partial void CollectorIsBackWithLoss(this ILogger log, string endpoint, string lost);
}

using System.Collections.Immutable;

namespace Appliance.Proxy.Traffic;

/// <summary>
/// Reads every counter once a second into one immutable view. Readers take the view and never touch the counters: ten dashboards or a slow
/// one cost the request path nothing.
/// </summary>
public sealed class TrafficSampler(TrafficRegistry traffic, TimeProvider time) : SecondlySampler(time)
{
    /// <summary>Points of history: 15 minutes.</summary>
    public const int HistorySeconds = 900;

    private readonly Dictionary<Guid, TrafficRates> _before = [];
    private readonly Queue<TrafficPoint> _history = new(HistorySeconds);
    private readonly TrafficRates _beforeTotal = new();
    private volatile TrafficView _current = TrafficView.Empty;

    /// <summary>The newest view, at most a second old.</summary>
    public TrafficView Current => _current;

    private protected override void Sample(DateTimeOffset now, double seconds)
    {
        var routes = ImmutableDictionary.CreateBuilder<Guid, TrafficFigures>();
        var slow = ImmutableDictionary.CreateBuilder<Guid, SlowRegex>();
        foreach (var (id, counters) in traffic.Routes)
        {
            if (!_before.TryGetValue(id, out var reading))
                _before[id] = reading = new();
            routes[id] = reading.Step(counters, seconds);
            if (counters.SlowRegex is { } regex)
                slow[id] = regex;
        }

        foreach (var id in _before.Keys.Where(id => !routes.ContainsKey(id)).ToArray())
            _before.Remove(id);
        var last = _current.Total.Counts;
        var total = _beforeTotal.Step(traffic.Total, seconds);
        if (_history.Count == HistorySeconds)
            _history.Dequeue();
        _history.Enqueue(Point(now, total, last, seconds));
        _current = new(now, total, routes.ToImmutable(), [.. _history]) { SlowRegexes = slow.ToImmutable() };
    }

    private static TrafficPoint Point(DateTimeOffset now, in TrafficFigures total, in TrafficCounts last, double seconds)
    {
        var counts = total.Counts;
        var opened = counts.SocketsOpened - last.SocketsOpened;
        return new(
            now,
            (float)total.RequestsPerSecond,
            (float)((counts.Informational + counts.Success - last.Informational - last.Success) / seconds),
            (float)((counts.Redirection - last.Redirection) / seconds),
            (float)((counts.ClientErrors - last.ClientErrors) / seconds),
            (float)total.ErrorsPerSecond,
            (float)total.MessagesPerSecond,
            (float)total.BytesPerSecond,
            (float)total.P95.TotalMilliseconds,
            (int)counts.SocketsOpen,
            (int)opened,
            (int)(last.SocketsOpen + opened - counts.SocketsOpen)
        );
    }
}

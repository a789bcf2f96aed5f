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

    private readonly Dictionary<Guid, TrafficRates> before = [];
    private readonly Queue<TrafficPoint> history = new(HistorySeconds);
    private readonly TrafficRates beforeTotal = new();
    private volatile TrafficView current = TrafficView.Empty;

    /// <summary>The newest view.</summary>
    public TrafficView Current => current;

    private protected override void Sample(DateTimeOffset now, double seconds)
    {
        var routes = ImmutableDictionary.CreateBuilder<Guid, TrafficFigures>();
        var slow = ImmutableDictionary.CreateBuilder<Guid, SlowRegex>();
        foreach (var (id, counters) in traffic.Routes)
        {
            if (!before.TryGetValue(id, out var reading))
                before[id] = reading = new();
            routes[id] = reading.Step(counters, seconds);
            if (counters.SlowRegex is { } regex)
                slow[id] = regex;
        }

        foreach (var id in before.Keys.Where(id => !routes.ContainsKey(id)).ToArray())
            before.Remove(id);
        var last = current.Total.Counts;
        var total = beforeTotal.Step(traffic.Total, seconds);
        if (history.Count == HistorySeconds)
            history.Dequeue();
        history.Enqueue(Point(now, total, last, seconds));
        current = new(now, total, routes.ToImmutable(), [.. history]) { SlowRegexes = slow.ToImmutable() };
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
            (int)(last.SocketsOpen + opened - counts.SocketsOpen));
    }
}

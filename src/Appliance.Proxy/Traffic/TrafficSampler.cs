using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;

namespace Appliance.Proxy.Traffic;

/// <summary>
/// Reads every counter once a second into one immutable view. Readers take the view and never touch the counters: ten dashboards or a slow
/// one cost the request path nothing.
/// </summary>
public sealed class TrafficSampler(TrafficRegistry traffic, TimeProvider time) : BackgroundService
{
    /// <summary>Points of history: 15 minutes.</summary>
    public const int HistorySeconds = 900;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly Dictionary<Guid, TrafficRates> before = [];
    private readonly Queue<TrafficPoint> history = new(HistorySeconds);
    private readonly TrafficRates beforeTotal = new();
    private long lastTick = time.GetTimestamp();
    private volatile TrafficView current = TrafficView.Empty;

    /// <summary>The newest view.</summary>
    public TrafficView Current => current;

    /// <summary>Takes one reading now; the rates are over the time since the last one.</summary>
    internal void Sample()
    {
        var tick = time.GetTimestamp();
        var seconds = Math.Max(time.GetElapsedTime(lastTick, tick).TotalSeconds, 0.001);
        lastTick = tick;
        var now = time.GetUtcNow();
        var routes = ImmutableDictionary.CreateBuilder<Guid, TrafficFigures>();
        foreach (var (id, counters) in traffic.Routes)
        {
            if (!before.TryGetValue(id, out var reading))
                before[id] = reading = new();
            routes[id] = reading.Step(counters, seconds);
        }

        foreach (var id in before.Keys.Where(id => !routes.ContainsKey(id)).ToArray())
            before.Remove(id);
        var last = current.Total.Counts;
        var total = beforeTotal.Step(traffic.Total, seconds);
        if (history.Count == HistorySeconds)
            history.Dequeue();
        history.Enqueue(Point(now, total, last, seconds));
        current = new(now, total, routes.ToImmutable(), [.. history]);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Sample();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
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

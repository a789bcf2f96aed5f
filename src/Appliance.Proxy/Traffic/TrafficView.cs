using System.Collections.Immutable;

namespace Appliance.Proxy.Traffic;

/// <summary>What the proxy carried in the last second, and what it carries now. Immutable: readers keep it as long as they like.</summary>
/// <param name="At">When it was taken, UTC.</param>
/// <param name="Total">The whole proxy.</param>
/// <param name="Routes">Routes that ever carried something, by identity.</param>
/// <param name="History">The totals of the last 15 minutes, oldest first, one point a second.</param>
public sealed record TrafficView(
    DateTimeOffset At,
    TrafficFigures Total,
    ImmutableDictionary<Guid, TrafficFigures> Routes,
    ImmutableArray<TrafficPoint> History
)
{
    /// <summary>By the identity of their routes: regular expressions that ran out of time.</summary>
    public ImmutableDictionary<Guid, SlowRegex> SlowRegexes { get; init; } = ImmutableDictionary<Guid, SlowRegex>.Empty;

    /// <summary>Before the first second.</summary>
    public static TrafficView Empty { get; } = new(DateTimeOffset.MinValue, default, ImmutableDictionary<Guid, TrafficFigures>.Empty, []);
}

/// <summary>Counters and what they grew by in one second.</summary>
/// <param name="Counts">The counters as of now.</param>
/// <param name="RequestsPerSecond">Finished requests.</param>
/// <param name="ErrorsPerSecond">Answers 5xx.</param>
/// <param name="MessagesPerSecond">WebSocket messages both ways.</param>
/// <param name="BytesPerSecond">Bytes both ways.</param>
/// <param name="P95">95th percentile of the latencies of the last second; zero when there were none.</param>
public readonly record struct TrafficFigures(
    TrafficCounts Counts,
    double RequestsPerSecond,
    double ErrorsPerSecond,
    double MessagesPerSecond,
    double BytesPerSecond,
    TimeSpan P95
);

/// <summary>One second of history, small: 900 of them are copied every second, and must stay off the large object heap.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Requests">Finished requests per second.</param>
/// <param name="Success">Answers 1xx and 2xx per second.</param>
/// <param name="Redirection">Answers 3xx per second.</param>
/// <param name="ClientErrors">Answers 4xx per second.</param>
/// <param name="ServerErrors">Answers 5xx per second.</param>
/// <param name="Messages">WebSocket messages per second, both ways.</param>
/// <param name="Bytes">Bytes per second, both ways.</param>
/// <param name="P95Milliseconds">95th percentile of the latencies; 0 when there were none.</param>
/// <param name="SocketsOpen">WebSockets open at that moment.</param>
/// <param name="SocketsOpened">WebSockets opened since the point before.</param>
/// <param name="SocketsClosed">WebSockets closed since the point before.</param>
public readonly record struct TrafficPoint(
    DateTimeOffset At,
    float Requests,
    float Success,
    float Redirection,
    float ClientErrors,
    float ServerErrors,
    float Messages,
    float Bytes,
    float P95Milliseconds,
    int SocketsOpen,
    int SocketsOpened,
    int SocketsClosed
);

using System.Collections.Immutable;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>Every pool and its servers as of one moment. Immutable.</summary>
/// <param name="At">When it was taken, UTC.</param>
/// <param name="Pools">By the pool's identity.</param>
public sealed record UpstreamView(DateTimeOffset At, IReadOnlyDictionary<Guid, PoolView> Pools)
{
    /// <summary>Before the first second.</summary>
    public static UpstreamView Empty { get; } = new(DateTimeOffset.MinValue, ImmutableDictionary<Guid, PoolView>.Empty);
}

/// <summary>One pool and its servers.</summary>
/// <param name="Pool">What it was compiled from.</param>
/// <param name="Servers">In config order.</param>
public sealed record PoolView(UpstreamPool Pool, ImmutableArray<ServerView> Servers);

/// <summary>One server of a pool, as it is now.</summary>
/// <param name="Address">The address as configured.</param>
/// <param name="Condition">How it is doing.</param>
/// <param name="Active">Requests and WebSockets it carries now.</param>
/// <param name="LastError">Why it failed last, as a sentence; null: it has not failed.</param>
/// <param name="LastErrorAt">When it failed last; null: it has not failed.</param>
/// <param name="Figures">Its counters and their rates.</param>
/// <param name="FailingSince">When the failures began that no answer has followed yet; null: its last try was answered.</param>
/// <param name="Carrier">What carries plain HTTP to it.</param>
public sealed record ServerView(
    string Address,
    ServerCondition Condition,
    int Active,
    string? LastError,
    DateTimeOffset? LastErrorAt,
    TrafficFigures Figures,
    DateTimeOffset? FailingSince = null,
    ServerCarrier Carrier = ServerCarrier.Unknown
)
{
    /// <summary>
    /// True for a server that failed too often, and has answered nothing since. With few requests such a one is mostly on trial.
    /// </summary>
    public bool IsFailing => Condition is ServerCondition.Failing or ServerCondition.Trial;

    /// <summary>How often it failed since <see cref="FailingSince"/>; 0 without that.</summary>
    public int Failures { get; init; }

    /// <summary>The latencies of its requests, which go on being counted; null before the first one.</summary>
    public LatencyHistogram? Latencies { get; init; }
}

/// <summary>What carries plain HTTP to a server, and which HTTP that is.</summary>
public enum ServerCarrier
{
    /// <summary>An https server that nobody has connected to yet: which HTTP it chooses is not known.</summary>
    Unknown,

    /// <summary>Our own forwarder, over HTTP/1.1.</summary>
    OwnHttp1,

    /// <summary>YARP's forwarder, over HTTP/1.1.</summary>
    YarpHttp1,

    /// <summary>YARP's forwarder, over HTTP/2.</summary>
    YarpHttp2,
}

/// <summary>The condition of a server of a pool.</summary>
public enum ServerCondition
{
    /// <summary>It may be chosen, and it answered what it was asked last, or failed less often than takes it out.</summary>
    Up,

    /// <summary>It may be chosen, and nothing was asked of it yet.</summary>
    Untried,

    /// <summary>It failed, and its time out of service is over: one of the next requests tries it.</summary>
    Trial,

    /// <summary>
    /// It failed too often and is out of service for a while (nginx: max_fails, fail_timeout); or nobody takes it out, as the only server
    /// of a pool, and nothing answered since it failed.
    /// </summary>
    Failing,

    /// <summary>It carries as much as it may (nginx: max_conns).</summary>
    Full,

    /// <summary>Being drained: what is open goes on or is asked to leave, nothing new comes.</summary>
    Draining,

    /// <summary>Switched off by the operator (nginx: down).</summary>
    Down,
}

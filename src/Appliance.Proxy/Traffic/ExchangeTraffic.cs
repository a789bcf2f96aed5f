namespace Appliance.Proxy.Traffic;

/// <summary>
/// What is counted about exchanges on a route, a pool or a server. Written by the request path without locks, read by the sampler.
/// Everything only grows, but for what is active now.
/// </summary>
public abstract class ExchangeTraffic
{
    private readonly long[] _byClass = new long[6];
    private LatencyHistogram? _latencies;
    private long _active;
    private long _bytesIn;
    private long _bytesOut;
    private long _socketsOpen;
    private long _socketsOpened;
    private long _messagesToClient;
    private long _messagesToServer;
    private long _socketBytesToClient;
    private long _socketBytesToServer;

    /// <summary>Latencies of requests; made with the first one, so that an idle route costs next to nothing.</summary>
    public LatencyHistogram? Latencies => Volatile.Read(ref _latencies);

    /// <summary>Counts a request that begins.</summary>
    public void Begin() => Interlocked.Increment(ref _active);

    /// <summary>A request ended. A duration of zero (a WebSocket) is no latency.</summary>
    public void End(int status, TimeSpan duration, long requestBytes, long responseBytes)
    {
        Interlocked.Decrement(ref _active);
        Interlocked.Increment(ref _byClass[Math.Clamp(status / 100, 0, 5)]);
        if (requestBytes != 0)
            Interlocked.Add(ref _bytesIn, requestBytes);
        if (responseBytes != 0)
            Interlocked.Add(ref _bytesOut, responseBytes);
        if (duration > TimeSpan.Zero)
            (Latencies ?? Make()).Add(duration);
    }

    // Two first requests at the same time make one.
    private LatencyHistogram Make()
    {
        var made = new LatencyHistogram();
        return Interlocked.CompareExchange(ref _latencies, made, null) ?? made;
    }

    /// <summary>Counts a WebSocket that opened.</summary>
    public void SocketOpened()
    {
        Interlocked.Increment(ref _socketsOpen);
        Interlocked.Increment(ref _socketsOpened);
    }

    /// <summary>Counts a WebSocket that closed.</summary>
    public void SocketClosed() => Interlocked.Decrement(ref _socketsOpen);

    /// <summary>Messages and wire bytes that a WebSocket carried since it was last counted.</summary>
    public void AddMessages(long toClient, long bytesToClient, long toServer, long bytesToServer)
    {
        if (toClient != 0)
            Interlocked.Add(ref _messagesToClient, toClient);
        if (bytesToClient != 0)
            Interlocked.Add(ref _socketBytesToClient, bytesToClient);
        if (toServer != 0)
            Interlocked.Add(ref _messagesToServer, toServer);
        if (bytesToServer != 0)
            Interlocked.Add(ref _socketBytesToServer, bytesToServer);
    }

    /// <summary>All counters as of now.</summary>
    public TrafficCounts Read() =>
        new(
            Volatile.Read(ref _byClass[1]),
            Volatile.Read(ref _byClass[2]),
            Volatile.Read(ref _byClass[3]),
            Volatile.Read(ref _byClass[4]),
            Volatile.Read(ref _byClass[5]),
            Volatile.Read(ref _active),
            Volatile.Read(ref _bytesIn),
            Volatile.Read(ref _bytesOut),
            Volatile.Read(ref _socketsOpen),
            Volatile.Read(ref _socketsOpened),
            Volatile.Read(ref _messagesToClient),
            Volatile.Read(ref _messagesToServer),
            Volatile.Read(ref _socketBytesToClient),
            Volatile.Read(ref _socketBytesToServer)
        );
}

/// <summary>Counters of one route.</summary>
public sealed class RouteTraffic : ExchangeTraffic
{
    private static readonly HandshakeRefusal[] _reasons = Enum.GetValues<HandshakeRefusal>();

    private readonly long[] _refused = new long[_reasons.Length];
    private SlowRegex? _slowRegex;

    /// <summary>The regular expression of the route that ran out of time last, or null.</summary>
    public SlowRegex? SlowRegex => Volatile.Read(ref _slowRegex);

    /// <summary>WebSocket handshakes that were refused, by reason; reasons that never came are not there.</summary>
    public IReadOnlyDictionary<HandshakeRefusal, long> Refusals =>
        _reasons
            .Where(reason => Volatile.Read(ref _refused[(int)reason]) > 0)
            .ToDictionary(reason => reason, reason => Volatile.Read(ref _refused[(int)reason]));

    /// <summary>
    /// A regular expression of the route ran out of time. Another one than before begins its own count, which comes back.
    /// </summary>
    public long RegexRanOut(string place, string pattern, DateTimeOffset at)
    {
        while (true)
        {
            var before = SlowRegex;
            var next = new SlowRegex(
                place,
                pattern,
                (before is { } same && same.Place == place && same.Pattern == pattern ? same.Count : 0) + 1,
                at
            );
            if (Interlocked.CompareExchange(ref _slowRegex, next, before) == before)
                return next.Count;
        }
    }

    /// <summary>A WebSocket handshake was refused.</summary>
    public void HandshakeRefused(HandshakeRefusal reason) => Interlocked.Increment(ref _refused[(int)reason]);
}

/// <summary>Counters of one pool: the sum of its servers is not the same, because a request may try several.</summary>
public sealed class PoolTraffic : ExchangeTraffic;

/// <summary>Counters of one server of a pool.</summary>
public sealed class ServerTraffic : ExchangeTraffic;

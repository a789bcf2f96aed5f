using System.Net;

namespace Appliance.Proxy.Tunnels;

/// <summary>One WebSocket being relayed now, with its counters. What describes it never changes, also when its route is edited or deleted.</summary>
public sealed class LiveConnection(TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private long _lastActivityAt = time.GetTimestamp();
    private ITunnelRelay? _relay;
    private int _closedFirst;
    private int _end;
    private int _endCode;

    /// <summary>Unique in this process, rising.</summary>
    public long Id { get; internal set; }

    /// <summary>The route that took it.</summary>
    public required Guid RouteId { get; init; }

    /// <summary>The route's name then.</summary>
    public required string RouteName { get; init; }

    /// <summary>The pool's name then.</summary>
    public required string PoolName { get; init; }

    /// <summary>The server, as configured: <c>http://10.0.0.1:80</c>.</summary>
    public required string ServerAddress { get; init; }

    /// <summary>The client behind trusted proxies.</summary>
    public IPAddress? ClientAddress { get; init; }

    /// <summary>The port of the TCP connection to us.</summary>
    public int ClientPort { get; init; }

    /// <summary>The client's User-Agent, cut at 256 characters, or null.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The subprotocol that the server chose, or null.</summary>
    public string? Subprotocol { get; init; }

    /// <summary>The host that was asked for.</summary>
    public required string Host { get; init; }

    /// <summary>The path that was asked for, without its query, which may carry tokens.</summary>
    public required string Path { get; init; }

    /// <summary>When it opened.</summary>
    public DateTimeOffset Started { get; } = time.GetUtcNow();

    /// <summary>The revision that was live when it opened.</summary>
    public long Revision { get; init; }

    /// <summary>Ended after this long without a byte either way; zero: never.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>What carries its bytes.</summary>
    public RelayKind Relay { get; internal set; }

    /// <summary>From the client to the server.</summary>
    public TunnelFlow FromClient { get; } = new();

    /// <summary>From the server to the client.</summary>
    public TunnelFlow FromServer { get; } = new();

    /// <summary>How long it has been open.</summary>
    public TimeSpan Age => time.GetElapsedTime(_startedAt);

    /// <summary>How long no byte has passed.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(Volatile.Read(ref _lastActivityAt));

    /// <summary>When the last byte passed.</summary>
    public DateTimeOffset LastActivity => time.GetUtcNow() - IdleFor;

    /// <summary>Why it ended; None while it is open.</summary>
    public TunnelEnd End => (TunnelEnd)Volatile.Read(ref _end);

    /// <summary>The close code that ended it: of the first close frame that passed, else of ours; 1006 when it ended without one, 0 while it is open.</summary>
    public int CloseCode
    {
        get
        {
            var first = ClosedFirst == TunnelEnd.ServerClosed ? FromServer : FromClient;
            if (first.CloseCode != 0) return first.CloseCode;
            if (EndCode != 0) return EndCode;
            return End == TunnelEnd.None ? 0 : 1006;
        }
    }

    /// <summary>The close code to send to both ends, once somebody besides them wants it over; 0 before.</summary>
    internal int EndCode => Volatile.Read(ref _endCode);

    /// <summary>Whose close frame passed first, or None.</summary>
    internal TunnelEnd ClosedFirst => (TunnelEnd)Volatile.Read(ref _closedFirst);

    /// <summary>What of its counts has been added to the traffic counters.</summary>
    internal TunnelTally Tally { get; init; } = new([]);

    /// <summary>
    /// Ends it in order: a close frame to both ends, a short wait for theirs, then the connections. The first reason stays; also that of an end that closed
    /// its half while the other went on.
    /// </summary>
    internal void RequestEnd(TunnelEnd reason, int closeCode)
    {
        Interlocked.CompareExchange(ref _end, (int)reason, (int)TunnelEnd.None);
        if (Interlocked.CompareExchange(ref _endCode, closeCode, 0) == 0) Volatile.Read(ref _relay)?.EndRequested();
    }

    /// <summary>Called by a relay when it begins: it hears of the end that may have been requested already.</summary>
    internal void CarriedBy(ITunnelRelay relay)
    {
        // Written before the code is read, as RequestEnd writes the code before it reads the relay: one of the two sees the other.
        Interlocked.Exchange(ref _relay, relay);
        if (EndCode != 0) relay.EndRequested();
    }

    /// <summary>Called by a pump for every piece that passed.</summary>
    internal void Touch() => Touch(time.GetTimestamp());

    /// <summary>Called by a relay that has just looked at the clock.</summary>
    internal void Touch(long now) => Volatile.Write(ref _lastActivityAt, now);

    /// <summary>Called by a pump when the first close frame of its side passed.</summary>
    internal void NoteClose(TunnelEnd side) => Interlocked.CompareExchange(ref _closedFirst, (int)side, (int)TunnelEnd.None);

    /// <summary>Called by the relay: an end went away. A close frame says better than a FIN who wanted it.</summary>
    internal void NoteEnd(TunnelEnd reason)
    {
        if (ClosedFirst != TunnelEnd.None) reason = ClosedFirst;
        Interlocked.CompareExchange(ref _end, (int)reason, (int)TunnelEnd.None);
    }
}

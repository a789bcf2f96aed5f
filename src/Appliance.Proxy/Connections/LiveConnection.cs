using System.Net;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Connections;

/// <summary>
/// One WebSocket, or connection of another protocol that was switched to, that is relayed, or was, with its counters. What describes it
/// never changes, also when its route is edited or deleted; what it may do (<see cref="Policy"/>) follows its route.
/// </summary>
public sealed class LiveConnection(TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private long _lastActivityAt = time.GetTimestamp();
    private long _endedAt;
    private ITunnelRelay? _relay;
    private CloseOrder? _order;
    private WebSocketPolicy _policy = WebSocketPolicy.Default;
    private Inspection? _inspection;
    private string? _client;
    private int _closedFirst;
    private int _end;

    /// <summary>Unique in this process, rising.</summary>
    public long Id { get; internal set; }

    /// <summary>The route that took it.</summary>
    public required Guid RouteId { get; init; }

    /// <summary>The route's name then.</summary>
    public required string RouteName { get; init; }

    /// <summary>The pool it goes to.</summary>
    public Guid PoolId { get; init; }

    /// <summary>The pool's name then.</summary>
    public required string PoolName { get; init; }

    /// <summary>The server, as configured: <c>http://10.0.0.1:80</c>.</summary>
    public required string ServerAddress { get; init; }

    /// <summary>The client behind trusted proxies.</summary>
    public IPAddress? ClientAddress { get; init; }

    /// <summary>The port of the TCP connection to us.</summary>
    public int ClientPort { get; init; }

    /// <summary>Address and port of the client, as people read them. Made when first read: most connections are never looked at.</summary>
    public string Client =>
        _client ??= ClientAddress is { } address ? new IPEndPoint(address, ClientPort).ToString() : $"unknown:{ClientPort}";

    /// <summary>What the client spoke at the handshake: <c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public string Protocol { get; init; } = "HTTP/1.1";

    /// <summary>
    /// What it switched to: <c>websocket</c>, or as the server wrote it, <c>tcp</c>. Only of a WebSocket are frames known.
    /// </summary>
    public string UpgradedTo
    {
        get;
        init
        {
            field = value;
            FromClient.Meter.IsRaw = FromServer.Meter.IsRaw = !IsWebSocket;
        }
    } = UpgradeOffer.WebSocket;

    /// <summary>False when its bytes are of another protocol.</summary>
    public bool IsWebSocket => UpgradedTo.Equals(UpgradeOffer.WebSocket, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the client came by TLS (wss).</summary>
    public bool IsTls { get; init; }

    /// <summary>The client's User-Agent, cut at 256 characters, or null.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The Origin of the page that opened it, cut at 256 characters, or null.</summary>
    public string? Origin { get; init; }

    /// <summary>The subprotocol that the server chose, cut at 256 characters, or null.</summary>
    public string? Subprotocol { get; init; }

    /// <summary>
    /// The extensions that the server accepted (Sec-WebSocket-Extensions), cut at 256 characters, or null: no compression.
    /// </summary>
    public string? Extensions { get; init; }

    /// <summary>The host that was asked for, cut at 256 characters.</summary>
    public required string Host { get; init; }

    /// <summary>The path that was asked for, cut at 256 characters, without its query, which may carry tokens.</summary>
    public required string Path { get; init; }

    /// <summary>When the connection opened, UTC.</summary>
    public DateTimeOffset Started { get; } = time.GetUtcNow();

    /// <summary>The revision that was live when it opened.</summary>
    public long Revision { get; init; }

    /// <summary>What its route allows now.</summary>
    public WebSocketPolicy Policy
    {
        get => Volatile.Read(ref _policy);
        internal set => Volatile.Write(ref _policy, value);
    }

    /// <summary>What carries its bytes.</summary>
    public RelayKind Relay { get; internal set; }

    /// <summary>From the client to the server.</summary>
    public TunnelFlow FromClient { get; } = new();

    /// <summary>From the server to the client.</summary>
    public TunnelFlow FromServer { get; } = new();

    /// <summary>What passed in the last second.</summary>
    public ConnectionRates Rates { get; internal set; }

    /// <summary>How long it has been open, or was.</summary>
    public TimeSpan Age =>
        Volatile.Read(ref _endedAt) is not 0 and var ended ? time.GetElapsedTime(_startedAt, ended) : time.GetElapsedTime(_startedAt);

    /// <summary>How long no byte has passed.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(Volatile.Read(ref _lastActivityAt));

    /// <summary>When it was over.</summary>
    public DateTimeOffset Ended => Started + Age;

    /// <summary>Why it ended; None while it is open.</summary>
    public TunnelEnd End => (TunnelEnd)Volatile.Read(ref _end);

    /// <summary>
    /// The close code that ended it: of the first close frame that passed, else of ours; 1006 when it ended without one. 0 while it is
    /// open, and for protocols without close frames.
    /// </summary>
    public int CloseCode =>
        !IsWebSocket ? 0
        : First is { } first ? first.CloseCode
        : Order?.Code ?? (End == TunnelEnd.None ? 0 : 1006);

    /// <summary>The reason that was given with <see cref="CloseCode"/>, or null.</summary>
    public string? CloseReason => First is { } first ? first.CloseReason : Order?.Reason;

    /// <summary>What somebody besides the two ends wants, once somebody does.</summary>
    public CloseOrder? Order => Volatile.Read(ref _order);

    /// <summary>Whose close frame passed first, or None.</summary>
    internal TunnelEnd ClosedFirst => (TunnelEnd)Volatile.Read(ref _closedFirst);

    /// <summary>What of its counts has been added to the traffic counters.</summary>
    internal TunnelTally Tally { get; init; } = new([]);

    /// <summary>Who looks at its messages, or null.</summary>
    internal Inspection? Inspection
    {
        get => Volatile.Read(ref _inspection);
        set => Volatile.Write(ref _inspection, value);
    }

    /// <summary>True when its frames must be looked at before they go on.</summary>
    internal bool IsGuarded => IsWebSocket && (Policy.LooksAtFrames || Inspection is not null);

    /// <summary>True when it has been open for as long as its route allows, its own jitter considered.</summary>
    internal bool IsTooOld =>
        Policy is { MaxLifetime.Ticks: > 0 } policy && Age >= policy.MaxLifetime * (1 - (policy.LifetimeJitter / 100.0 * Share));

    // Its own place between 0 and 1: multiples of the golden ratio spread connections that came one after the other more evenly than chance
    // would.
    private double Share => Id * 0.6180339887498949 % 1;

    // Whose close frame came first; null when none did, or only as an answer to ours.
    private TunnelFlow? First =>
        ClosedFirst switch
        {
            TunnelEnd.ClientClosed => FromClient,
            TunnelEnd.ServerClosed => FromServer,
            _ => null,
        };

    /// <summary>
    /// Ends it in order: a close frame to both ends, a short wait for theirs, then the connections. The first reason stays; also that of an
    /// end that closed its half while the other went on. False when somebody had asked before.
    /// </summary>
    internal bool RequestEnd(CloseOrder order)
    {
        Interlocked.CompareExchange(ref _end, (int)order.End, (int)TunnelEnd.None);
        if (Interlocked.CompareExchange(ref _order, order, null) is not null)
            return false;
        Volatile.Read(ref _relay)?.EndRequested();
        return true;
    }

    /// <summary>Called by a relay when it begins: it hears of the end that may have been requested already.</summary>
    internal void CarriedBy(ITunnelRelay relay)
    {
        // Written before the order is read, as RequestEnd writes the order before it reads the relay: one of the two sees the other.
        Interlocked.Exchange(ref _relay, relay);
        if (Order is not null)
            relay.EndRequested();
    }

    /// <summary>Lets the relay look whether an end wants a ping, or has not answered one. Called once a second.</summary>
    internal void PingIfDue()
    {
        var policy = Policy;
        if (!IsWebSocket || policy.PingInterval <= TimeSpan.Zero || Order is not null)
            return;
        var now = time.GetTimestamp();
        if (FromClient.Gate?.WantsPing(policy, now) != false || FromServer.Gate?.WantsPing(policy, now) != false)
            Volatile.Read(ref _relay)?.PingDue();
    }

    /// <summary>Marks the connection as over: its age stands still, and its relay may leave memory.</summary>
    internal void Over()
    {
        Volatile.Write(ref _endedAt, Math.Max(1, time.GetTimestamp()));
        Volatile.Write(ref _relay, null);
        (FromClient.Gate, FromServer.Gate) = (null, null);
        Inspection?.End();
    }

    /// <summary>Called by a pump for every piece that passed.</summary>
    internal void Touch() => Touch(time.GetTimestamp());

    /// <summary>Called by a relay that has just looked at the clock.</summary>
    internal void Touch(long now) => Volatile.Write(ref _lastActivityAt, now);

    /// <summary>Called by a pump when the first close frame of its side passed. An answer to ours is not the first.</summary>
    internal void NoteClose(TunnelEnd side)
    {
        if (Order is null)
            Interlocked.CompareExchange(ref _closedFirst, (int)side, (int)TunnelEnd.None);
    }

    /// <summary>Called by the relay: an end went away. A close frame says better than a FIN who wanted it.</summary>
    internal void NoteEnd(TunnelEnd reason)
    {
        if (ClosedFirst != TunnelEnd.None)
            reason = ClosedFirst;
        Interlocked.CompareExchange(ref _end, (int)reason, (int)TunnelEnd.None);
    }
}

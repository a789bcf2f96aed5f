using System.Collections.Immutable;

namespace Appliance.Proxy.WebSocketPolicies;

/// <summary>
/// What WebSockets may do on a route. What is judged at the handshake (allow, origins, subprotocols, numbers, handshake timeout) holds for
/// new ones; everything else for open ones, too, as soon as the revision is live.
/// </summary>
public sealed record WebSocketPolicy
{
    /// <summary>What a route without a <c>webSocket</c> section has.</summary>
    public static WebSocketPolicy Default { get; } = new();

    /// <summary>Accept WebSocket handshakes. False: 403. Default true: no switch is needed.</summary>
    public bool Allow { get; init; } = true;

    /// <summary>
    /// Longest time from a client's handshake to a server's answer, all tries together, then 504. 0s (default): only the route's connect
    /// and read timeouts, for each try.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; init; }

    /// <summary>A WebSocket without a byte in either direction for this long is ended with 1001. 0s: never. Default 300s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>A WebSocket is ended with 1001 when it has been open for this long. 0s (default): never.</summary>
    public TimeSpan MaxLifetime { get; init; }

    /// <summary>
    /// Each WebSocket's <see cref="MaxLifetime"/> is shortened by a random share of up to this many percent, so that clients do not all
    /// reconnect at the same moment. 0 to 90. Default 10.
    /// </summary>
    public int LifetimeJitter { get; init; } = 10;

    /// <summary>Most WebSockets of one client address on this route; the next handshake is 429. 0 (default): no limit.</summary>
    public int MaxPerClient { get; init; }

    /// <summary>Most WebSockets on this route; the next handshake is 503. 0 (default): no limit.</summary>
    public int MaxSockets { get; init; }

    /// <summary>
    /// Origins whose pages may connect (RFC 6455, 10.2): <c>https://app.example.com</c>, or with <c>*</c> for any characters but a slash,
    /// as <c>https://*.example.com</c>; <c>*</c> alone is any. Another Origin is 403; a client that sends none is no browser, and passes.
    /// Empty (default): any.
    /// </summary>
    public ImmutableArray<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// Subprotocols that may be spoken, with case. Of what a client offers only these reach the server; a client that offers none of them
    /// is 403. Empty (default): any.
    /// </summary>
    public ImmutableArray<string> AllowedSubprotocols { get; init; } = [];

    /// <summary>
    /// Take the handshakes of odd devices, too: a key of 13 or 32 bytes, no Sec-WebSocket-Version, and answers of servers whose
    /// Sec-WebSocket-Protocol is empty or was not offered. The server's Sec-WebSocket-Accept must still be the one for the key as it was
    /// sent. Default false.
    /// </summary>
    public bool LaxHandshake { get; init; }

    /// <summary>
    /// Largest message either way, in bytes on the wire without frame headers; a larger one ends the WebSocket with 1009. 0 (default): no
    /// limit.
    /// </summary>
    public long MaxMessageBytes { get; init; }

    /// <summary>Messages a second that a client may send on one WebSocket, in bursts of as many. 0 (default): no limit.</summary>
    public int MaxMessageRate { get; init; }

    /// <summary>What happens above <see cref="MaxMessageRate"/>. Default close.</summary>
    public OverRate OverRate { get; init; }

    /// <summary>
    /// An end that was silent for this long is sent a ping (RFC 6455, 5.5.2), whose pong is not passed on. 0s (default): no pings.
    /// </summary>
    public TimeSpan PingInterval { get; init; }

    /// <summary>An end that is silent for this long after a ping is dead, and the WebSocket is ended. Default 10s.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>True when frames must be looked at before they go on.</summary>
    internal bool LooksAtFrames => MaxMessageBytes > 0 || MaxMessageRate > 0 || PingInterval > TimeSpan.Zero;
}

/// <summary>What happens to a client above its message rate.</summary>
public enum OverRate
{
    /// <summary>Its WebSocket is ended with 1008.</summary>
    Close,

    /// <summary>Nothing more is read from it until it is within the rate again.</summary>
    SlowDown,
}

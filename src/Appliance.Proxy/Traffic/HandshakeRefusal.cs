namespace Appliance.Proxy.Traffic;

/// <summary>Why we refused a WebSocket handshake ourselves, without asking a server.</summary>
public enum HandshakeRefusal
{
    /// <summary>It is no valid handshake: 400 or 426.</summary>
    Malformed,

    /// <summary>The route accepts no WebSockets: 403.</summary>
    NotAllowed,

    /// <summary>The page's origin is not on the route's list: 403.</summary>
    Origin,

    /// <summary>The client offers no subprotocol of the route's list: 403.</summary>
    Subprotocol,

    /// <summary>The client's address has as many WebSockets here as it may: 429.</summary>
    ClientLimit,

    /// <summary>The route has as many WebSockets as it may: 503.</summary>
    RouteLimit,

    /// <summary>The route, its pool or every server of it is being drained: 503.</summary>
    Draining,

    /// <summary>The process stops: 503.</summary>
    Stopping,

    /// <summary>The limit of open files leaves no socket for a server: 503.</summary>
    NoSockets,
}

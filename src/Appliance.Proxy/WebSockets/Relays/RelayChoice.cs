namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>Which relay may carry tunnels.</summary>
public enum RelayChoice
{
    /// <summary>The event loop where it can (Linux, plain HTTP/1.1 on both sides), streams for the rest. The default.</summary>
    Auto,

    /// <summary>As Auto, but a start on a platform without epoll fails.</summary>
    Epoll,

    /// <summary>Streams for all, over Kestrel's own transport.</summary>
    Stream,
}

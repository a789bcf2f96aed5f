namespace Appliance.Proxy.Connections;

/// <summary>The two ways to carry a tunnel's bytes.</summary>
public enum RelayKind
{
    /// <summary>.NET's streams: any platform, TLS and HTTP/2 on either side.</summary>
    Stream,

    /// <summary>Our own event loop over both sockets: Linux, plain HTTP/1.1 on both sides.</summary>
    Epoll,
}

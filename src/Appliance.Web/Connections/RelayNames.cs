using Appliance.Proxy.Connections;

namespace Appliance.Web.Connections;

/// <summary>The relays as people and scripts read them: as APPLIANCE_RELAY names them.</summary>
internal static class RelayNames
{
    /// <summary>The name of a relay: <c>epoll</c> or <c>stream</c>.</summary>
    public static string Of(RelayKind relay) => relay == RelayKind.Epoll ? "epoll" : "stream";

    /// <summary>A sentence about it.</summary>
    public static string About(RelayKind relay) =>
        relay == RelayKind.Epoll
            ? "Event loop: both sides are plain HTTP/1.1. An idle WebSocket holds no buffers."
            : "Carried by .NET's streams, as TLS or HTTP/2 on one side, or APPLIANCE_RELAY, wants it.";
}

using System.Net;

namespace Appliance.Proxy.Variables;

/// <summary>What a proxy in front has said of a connection by the PROXY protocol; a feature of the connection.</summary>
/// <param name="Peer">The proxy itself: the other end of the TCP connection.</param>
/// <param name="Source">The client behind it; null when the proxy speaks for itself (LOCAL) or does not know (UNKNOWN).</param>
/// <param name="Destination">Where that client connected to; null as <paramref name="Source"/>.</param>
public sealed record ProxiedConnection(IPEndPoint? Peer, IPEndPoint? Source, IPEndPoint? Destination);

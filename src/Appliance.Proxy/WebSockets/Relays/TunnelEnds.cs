using Appliance.Proxy.WebSockets.Handshake;

namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>The two connections of an agreed tunnel; what a relay is given.</summary>
/// <param name="Client">The upgraded stream to the client; bytes sent behind its handshake come out of it first.</param>
/// <param name="Server">The connection to the server.</param>
/// <param name="BehindServerHead">Bytes that the server sent right behind its head; they go to the client first.</param>
/// <param name="AbortClient">Cuts the client's connection, whatever is still on its way.</param>
internal sealed record TunnelEnds(Stream Client, UpstreamLink Server, ReadOnlyMemory<byte> BehindServerHead, Action AbortClient);

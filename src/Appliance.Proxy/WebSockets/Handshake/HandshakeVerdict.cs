namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>The result of <see cref="WebSocketHandshake.Check"/>.</summary>
/// <param name="Kind">Which case.</param>
/// <param name="Status">For Refuse: 400, or 426, which is answered with <c>Sec-WebSocket-Version: 13</c>.</param>
/// <param name="Reason">For Refuse: a sentence.</param>
public readonly record struct HandshakeVerdict(HandshakeKind Kind, int Status = 0, string? Reason = null);

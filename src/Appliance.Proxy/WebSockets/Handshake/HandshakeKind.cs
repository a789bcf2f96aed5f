namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>The cases of a <see cref="HandshakeVerdict"/>.</summary>
public enum HandshakeKind
{
    /// <summary>
    /// No WebSocket is asked for; any other upgrade offer is stripped (hop-by-hop) and the request goes on as plain HTTP.
    /// </summary>
    PlainHttp,

    /// <summary>A correct handshake of a WebSocket.</summary>
    WebSocket,

    /// <summary>A WebSocket is asked for in a way that cannot be accepted.</summary>
    Refuse,
}

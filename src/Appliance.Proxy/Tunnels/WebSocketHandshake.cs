using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tunnels;

/// <summary>The strict check of a request that may want a WebSocket (RFC 6455, 4.2.1).</summary>
public static class WebSocketHandshake
{
    /// <summary>What kind of request this is.</summary>
    public static HandshakeVerdict Check(HttpRequest request) => throw new NotImplementedException();
}

/// <summary>The result of <see cref="WebSocketHandshake.Check"/>.</summary>
/// <param name="Kind">Which case.</param>
/// <param name="Status">For Refuse: 400 or 426.</param>
/// <param name="Reason">For Refuse: a sentence.</param>
public readonly record struct HandshakeVerdict(HandshakeKind Kind, int Status = 0, string? Reason = null);

/// <summary>The cases of a <see cref="HandshakeVerdict"/>.</summary>
public enum HandshakeKind
{
    /// <summary>No WebSocket is asked for; any other upgrade offer is stripped (hop-by-hop) and the request goes on as plain HTTP.</summary>
    PlainHttp,

    /// <summary>A correct handshake.</summary>
    WebSocket,

    /// <summary>A WebSocket is asked for in a way that cannot be accepted.</summary>
    Refuse,
}

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Appliance.Proxy.Headers;
using Appliance.Proxy.WebSocketPolicies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>
/// The strict check of a request that may want a WebSocket (RFC 6455, 4.2.1). Every proxy that was lax here let requests become tunnels
/// that the upstream never agreed to; so only one shape passes.
/// </summary>
public static class WebSocketHandshake
{
    private const int KeyBytes = 16;

    // Of devices that count otherwise.
    private const int ShortestKeyBytes = 13;
    private const int LongestKeyBytes = 32;

    /// <summary>What kind of request this is. With <paramref name="lax"/>, a route's <see cref="WebSocketPolicy.LaxHandshake"/>.</summary>
    public static HandshakeVerdict Check(HttpContext context, bool lax = false)
    {
        var request = context.Request;
        var versionIsGood =
            request.Headers.SecWebSocketVersion.Count == 0
                ? lax
                : request.Headers.SecWebSocketVersion is [var version] && version?.Trim() == "13";
        if (IsExtendedConnect(context))
            return versionIsGood ? new HandshakeVerdict(HandshakeKind.WebSocket) : BadVersion;

        // 1. Is it asked for at all? RFC 9110, 7.8 ignores Upgrade in HTTP/1.0; other methods cannot ask for a WebSocket.
        var headers = request.Headers;
        if (
            headers.Upgrade.Count == 0
            || !HttpMethods.IsGet(request.Method)
            || request.Protocol != HttpProtocol.Http11
            || !HeaderTokens.Have(headers.Upgrade, "websocket")
            || !HeaderTokens.Have(headers.Connection, "upgrade")
        )
            return new HandshakeVerdict(HandshakeKind.PlainHttp);

        // 2. From here on it is a WebSocket or nothing.
        if (request.ContentLength > 0 || headers.TransferEncoding.Count > 0)
            return Refuse(StatusCodes.Status400BadRequest, "A WebSocket handshake cannot have a body.");

        if (!versionIsGood)
            return BadVersion;

        if (headers.SecWebSocketKey.Count != 1 || !IsKey(headers.SecWebSocketKey[0], lax))
            return Refuse(
                StatusCodes.Status400BadRequest,
                "A WebSocket handshake needs exactly one Sec-WebSocket-Key of 16 bytes in base64."
            );

        return new HandshakeVerdict(HandshakeKind.WebSocket);
    }

    /// <summary>
    /// True for a CONNECT that opens a WebSocket over HTTP/2 (RFC 8441, 4): it has no key, since an HTTP/1.1 intermediary cannot have
    /// misunderstood it.
    /// </summary>
    public static bool IsExtendedConnect(HttpContext context) =>
        HttpMethods.IsConnect(context.Request.Method)
        && context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };

    /// <summary>A key for a handshake of our own.</summary>
    internal static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>The Sec-WebSocket-Accept that answers <paramref name="key"/> (RFC 6455, 4.2.2).</summary>
    [SuppressMessage(
        "Security",
        "CA5350",
        Justification = "RFC 6455 fixes SHA-1; it proves that the server read the key and protects nothing."
    )]
    internal static string Accept(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(Encoding.ASCII.GetBytes(key.Trim() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), hash);
        return Convert.ToBase64String(hash);
    }

    private static bool IsKey(string? key, bool lax)
    {
        // 16 bytes are always 24 characters; the decoder alone would also take white space in between.
        key = key?.Trim(' ', '\t');
        Span<byte> bytes = stackalloc byte[LongestKeyBytes + 2];
        return key is not null
            && !key.AsSpan().ContainsAny(" \t\r\n")
            && Convert.TryFromBase64String(key, bytes, out var length)
            && (length == KeyBytes || (lax && (length is ShortestKeyBytes or LongestKeyBytes)));
    }

    private static HandshakeVerdict BadVersion =>
        Refuse(StatusCodes.Status426UpgradeRequired, "Only version 13 of the WebSocket protocol is spoken here.");

    private static HandshakeVerdict Refuse(int status, string reason) => new(HandshakeKind.Refuse, status, reason);
}

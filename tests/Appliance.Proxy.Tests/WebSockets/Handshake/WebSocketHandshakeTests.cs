using Appliance.Proxy.WebSockets.Handshake;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

public sealed class WebSocketHandshakeTests
{
    private const string Good =
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

    [Theory]
    [InlineData("as the RFC has it", Good, 101)]
    [InlineData(
        "case",
        "GET HTTP/1.1|upgrade: WebSocket|connection: keep-alive, uPGRADE|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==",
        101
    )]
    [InlineData(
        "more offers",
        "GET HTTP/1.1|Upgrade: h2c, websocket|Connection: Upgrade, HTTP2-Settings|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==",
        101
    )]
    [InlineData(
        "joined by lines",
        "GET HTTP/1.1|Upgrade: h2c|Upgrade: websocket|Connection: keep-alive|Connection: Upgrade|Sec-WebSocket-Version: "
            + "13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        101
    )]
    [InlineData("empty body is none", Good + "|Content-Length: 0", 101)]
    [InlineData("no upgrade", "GET HTTP/1.1|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 0)]
    [InlineData("h2c", "GET HTTP/1.1|Upgrade: h2c|Connection: Upgrade, HTTP2-Settings|HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", 0)]
    [InlineData("other protocol", "GET HTTP/1.1|Upgrade: websockets|Connection: Upgrade", 0)]
    [InlineData(
        "connection without upgrade",
        "GET HTTP/1.1|Upgrade: websocket|Connection: keep-alive|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        0
    )]
    [InlineData(
        "connection only looks like it",
        "GET HTTP/1.1|Upgrade: websocket|Connection: upgrade-insecure|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==",
        0
    )]
    [InlineData(
        "POST",
        "POST HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        0
    )]
    [InlineData(
        "HEAD",
        "HEAD HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        0
    )]
    [InlineData(
        "1.0",
        "GET HTTP/1.0|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        0
    )]
    [InlineData("no version", "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 426)]
    [InlineData(
        "version 8",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 8|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        426
    )]
    [InlineData(
        "version 013",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 013|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        426
    )]
    [InlineData(
        "two versions",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13, 8|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        426
    )]
    [InlineData("version twice", Good + "|Sec-WebSocket-Version: 13", 426)]
    [InlineData("no key", "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13", 400)]
    [InlineData("two keys", Good + "|Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", 400)]
    [InlineData(
        "15 bytes",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j",
        400
    )]
    [InlineData(
        "17 bytes",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU=",
        400
    )]
    [InlineData(
        "not base64",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!!==",
        400
    )]
    [InlineData(
        "space inside",
        "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA AA=",
        400
    )]
    [InlineData("empty key", "GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: ", 400)]
    [InlineData("body", Good + "|Content-Length: 5", 400)]
    [InlineData("chunked body", Good + "|Transfer-Encoding: chunked", 400)]
    public void Check_Request_IsJudged(string name, string request, int expected)
    {
        var verdict = WebSocketHandshake.Check(Request(request).HttpContext);

        var kind = expected switch
        {
            0 => HandshakeKind.PlainHttp,
            101 => HandshakeKind.WebSocket,
            _ => HandshakeKind.Refuse,
        };
        verdict.Kind.ShouldBe(kind, name);
        verdict.Status.ShouldBe(kind == HandshakeKind.Refuse ? expected : 0, name);
        (verdict.Reason is not null).ShouldBe(kind == HandshakeKind.Refuse, name);
    }

    [Theory]
    [InlineData("13 bytes", "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMw==", 400, 101)]
    [InlineData("32 bytes", "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1NjEyMzQ1Njc4OTAxMjM0NTY=", 400, 101)]
    [InlineData("no version", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 426, 101)]
    [InlineData("no version, 13 bytes", "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMw==", 426, 101)]
    [InlineData(
        "empty subprotocol",
        "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|Sec-WebSocket-Protocol: ",
        101,
        101
    )]
    [InlineData("another version", "Sec-WebSocket-Version: 8|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 426, 426)]
    [InlineData("14 bytes", "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ=", 400, 400)]
    [InlineData(
        "48 bytes",
        "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1NjEyMzQ1Njc4OTAxMjM0NTYxMjM0NTY3ODkwMTIzNDU2",
        400,
        400
    )]
    [InlineData(
        "two keys",
        "Sec-WebSocket-Version: 13|Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMw==|Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMw==",
        400,
        400
    )]
    [InlineData("no key", "Sec-WebSocket-Version: 13", 400, 400)]
    public void Check_OddDevice_IsTakenOnlyWhereTheRouteSaysSo(string name, string lines, int strict, int lax)
    {
        foreach (var (switched, expected) in new[] { (false, strict), (true, lax) })
        {
            var verdict = WebSocketHandshake.Check(
                Request("GET HTTP/1.1|Upgrade: websocket|Connection: Upgrade|" + lines).HttpContext,
                switched
            );
            (verdict.Kind == HandshakeKind.WebSocket ? 101 : verdict.Status).ShouldBe(expected, $"{name}, lax: {switched}");
        }
    }

    [Fact]
    public void Accept_KeyOfTheRfc_IsTheRfcsAnswer() =>
        WebSocketHandshake.Accept("dGhlIHNhbXBsZSBub25jZQ==").ShouldBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

    private static HttpRequest Request(string text)
    {
        var parts = text.Split('|');
        var request = new DefaultHttpContext().Request;
        request.Method = parts[0].Split(' ')[0];
        request.Protocol = parts[0].Split(' ')[1];
        foreach (var line in parts[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            request.Headers.Append(line[..colon], line[(colon + 1)..].Trim());
        }

        return request;
    }
}

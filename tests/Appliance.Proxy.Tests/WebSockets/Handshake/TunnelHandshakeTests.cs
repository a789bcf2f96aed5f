using Appliance.Proxy.Headers;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Handshake;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

/// <summary>What crosses in the two heads.</summary>
public abstract class TunnelHandshakeTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    [Fact]
    public async Task Run_Handshake_KeepsOrderRepeatsAndBytes()
    {
        var seen = "";
        await using var server = RawBackEnd.Echo(head => seen = head);
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        await client.SendAsync(
            "GET /a/..%2f%zz|%61?x=%41 HTTP/1.1\r\nX-Z: 1\r\nhOST: Example.com:99\r\nCookie: a=1\r\nSec-WebSocket-Key: "
                + "dGhlIHNhbXBsZSBub25jZQ==\r\nx-a: \xE9\xFF\r\n"
                + "Upgrade: websocket\r\nCookie: b=2\r\nSec-WebSocket-Extensions: permessage-deflate; "
                + "client_max_window_bits\r\nConnection: keep-alive, X-Nominated, Upgrade\r\n"
                + "X-Nominated: no\r\nSec-WebSocket-Version: 13\r\nTE: trailers\r\nunder_score: u\r\nX-Z:2\r\nKeep-Alive: "
                + "5\r\nProxy-Connection: x\r\n\r\n"
        );
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");

        seen.ShouldBe(
            "GET /a/..%2f%zz|%61?x=%41 HTTP/1.1\r\nX-Z: 1\r\nhOST: Example.com:99\r\nCookie: a=1\r\nSec-WebSocket-Key: "
                + "dGhlIHNhbXBsZSBub25jZQ==\r\nx-a: \xE9\xFF\r\n"
                + "Cookie: b=2\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                + "Sec-WebSocket-Version: 13\r\nunder_score: u\r\nX-Z: 2\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        );
    }

    [Fact]
    public async Task Run_SecondRequestOfConnection_StillCrossesWhole()
    {
        var seen = "";
        await using var server = RawBackEnd.Echo(head => seen = head);
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("GET /upgrade HTTP/1.1\r\nHost: first\r\n\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 418 ");
        await client.SendAsync(TunnelHost.Handshake.Replace("\r\n\r\n", "\r\nX-A: 1\r\nX-A: 2\r\n\r\n", StringComparison.Ordinal));
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");

        seen.ShouldContain("\r\nHost: example.com\r\n");
        seen.ShouldContain("\r\nX-A: 1\r\nX-A: 2\r\n");
        seen.Split("Upgrade: websocket").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Run_SecondRequestLooksLikeTheFirst_WhatWasJudgedGoesOn()
    {
        var seen = "";
        await using var server = RawBackEnd.Echo(head => seen = head);
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        // Refused, so that nobody takes the copy of its head; then one with the same first line, key and number of lines.
        var first = TunnelHost
            .Handshake.Replace("example.com", "hidden.test", StringComparison.Ordinal)
            .Replace("Version: 13", "Version: 12", StringComparison.Ordinal);
        await client.SendAsync(first);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 418 ");
        await client.SendAsync(TunnelHost.Handshake);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");

        seen.ShouldContain("\r\nHost: example.com\r\n");
        seen.ShouldNotContain("hidden.test");
        seen.ShouldContain("\r\nSec-WebSocket-Version: 13\r\n");
    }

    [Fact]
    public async Task Run_Rules_ChangeBothHeads()
    {
        var seen = "";
        await using var server = RawBackEnd.Echo(head => seen = head, "X-Gone: 1\r\n");
        await using var host = await HostAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Forwarded = true,
                DropUnderscoreHeaders = true,
                Target = "/other?y",
                RequestHeaders =
                [
                    new HeaderRule { Name = "Host", Value = "inner" },
                    new HeaderRule
                    {
                        Name = "X-New",
                        Value = "n",
                        Operation = HeaderOperation.Append,
                    },
                    new HeaderRule { Name = "X-Old", Operation = HeaderOperation.Remove },
                ],
                ResponseHeaders =
                [
                    new HeaderRule { Name = "X-Gone", Operation = HeaderOperation.Remove },
                    new HeaderRule { Name = "X-Set", Value = "s" },
                ],
            }
        );
        await using var client = await host.ConnectAsync();

        await client.SendAsync(TunnelHost.Handshake.Replace("\r\n\r\n", "\r\nX-Old: 1\r\na_b: 1\r\n\r\n", StringComparison.Ordinal));
        var answer = await client.ReadHeadAsync();

        seen.ShouldStartWith("GET /other?y HTTP/1.1\r\nHost: inner\r\n");
        seen.ShouldEndWith("\r\nX-Forwarded-Host: example.com\r\nX-New: n\r\n\r\n");
        seen.ShouldNotContain("X-Old");
        seen.ShouldNotContain("a_b");
        answer.ShouldContain("\r\nX-Set: s\r\n");
        answer.ShouldNotContain("X-Gone");
    }

    [Fact]
    public async Task Run_101_CrossesWithRepeatsAndWithoutHopByHop()
    {
        await using var server = RawBackEnd.Echo(
            moreLines: "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: x-one\r\nSet-Cookie: a=1\r\nSet-Cookie: "
                + "b=2\r\nKeep-Alive: 5\r\nX-Latin: \xE9\r\nContent-Length: 0\r\n"
        );
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        await client.SendAsync(
            TunnelHost.Handshake.Replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: a, b\r\n\r\n", StringComparison.Ordinal)
        );
        var answer = await client.ReadHeadAsync();

        answer.ShouldStartWith("HTTP/1.1 101 Switching Protocols\r\n");
        foreach (
            var line in new[]
            {
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "Sec-WebSocket-Protocol: b",
                "Sec-WebSocket-Extensions: x-one",
                "Set-Cookie: a=1",
                "Set-Cookie: b=2",
                "X-Latin: \xE9",
            }
        )
            answer.ShouldContain("\r\n" + line + "\r\n");
        answer.ShouldNotContain("Keep-Alive");
        answer.ShouldNotContain("Content-Length");
        (await host.LiveAsync()).Subprotocol.ShouldBe("b");
    }

    [Fact]
    public async Task Run_LongTextsOfAStranger_OnlyTheirBeginningIsKept()
    {
        var (protocol, name) = (new string('p', 8000), string.Join('.', Enumerable.Repeat("label", 1000)));
        await using var server = RawBackEnd.Echo(moreLines: $"Sec-WebSocket-Protocol: {protocol}\r\n");
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        await client.SendAsync(
            TunnelHost
                .Handshake.Replace("example.com", name, StringComparison.Ordinal)
                .Replace(
                    "\r\n\r\n",
                    $"\r\nSec-WebSocket-Protocol: {protocol}\r\nOrigin: https://{name}\r\nUser-Agent: {protocol}\r\n\r\n",
                    StringComparison.Ordinal
                )
        );
        (await client.ReadHeadAsync()).ShouldContain(protocol, customMessage: "what crosses is whole");

        var live = await host.LiveAsync();
        foreach (var text in new[] { live.Host, live.Subprotocol, live.Origin, live.UserAgent, live.Path })
            text.ShouldNotBeNull().Length.ShouldBeLessThanOrEqualTo(256, "five thousand of them are remembered");
    }

    [Theory]
    [InlineData("not offered", "a", "Sec-WebSocket-Protocol: x\r\n")]
    [InlineData("offered none", "", "Sec-WebSocket-Protocol: x\r\n")]
    [InlineData("empty answer", "a", "Sec-WebSocket-Protocol: \r\n")]
    [InlineData("empty offer and answer", " ", "Sec-WebSocket-Protocol: \r\n")]
    public async Task Run_OddSubprotocol_IsTakenOnlyWhereTheRouteSaysSo(string name, string offered, string answered)
    {
        await using var server = RawBackEnd.Echo(moreLines: answered);
        foreach (var (lax, status) in new[] { (false, 502), (true, 101) })
        {
            await using var host = await HostAsync(
                new TunnelPlan
                {
                    Servers = [server.Address],
                    Policy = new() { LaxHandshake = lax },
                }
            );
            await using var client = await host.ConnectAsync();
            var line = offered.Length == 0 ? "" : $"Sec-WebSocket-Protocol: {offered.Trim()}\r\n";
            await client.SendAsync(TunnelHost.Handshake[..^2] + line + "\r\n");
            (await client.ReadHeadAsync()).ShouldStartWith($"HTTP/1.1 {status} ", Case.Sensitive, name);
        }
    }

    [Theory]
    [InlineData("MTIzNDU2Nzg5MDEyMw==", "Sec-WebSocket-Version: 13\r\n")]
    [InlineData("MTIzNDU2Nzg5MDEyMzQ1NjEyMzQ1Njc4OTAxMjM0NTY=", "")]
    public async Task Run_KeyOfAnOddDevice_CrossesAsItIsAndItsAcceptIsChecked(string key, string version)
    {
        var (seen, lie) = ("", false);
        await using var server = new RawBackEnd(async peer =>
        {
            seen = await peer.ReadHeadAsync();
            await peer.AcceptAsync(lie ? TunnelHost.Handshake : seen);
            while (true)
                await peer.SendAsync(await peer.ReadAsync(1));
        });
        await using var host = await HostAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Policy = new() { LaxHandshake = true },
            }
        );
        var handshake =
            $"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{version}Sec-WebSocket-Key: "
            + $"{key}\r\n\r\n";
        await using var client = await host.ConnectAsync();
        await client.SendAsync(handshake);
        (await client.ReadHeadAsync()).ShouldContain($"\r\nSec-WebSocket-Accept: {WebSocketHandshake.Accept(key)}\r\n");
        await client.SendAsync("ping");
        (await client.ReadAsync(4)).ShouldBe("ping"u8.ToArray());
        seen.ShouldContain($"\r\nSec-WebSocket-Key: {key}\r\n");
        seen.Contains("Sec-WebSocket-Version", StringComparison.Ordinal).ShouldBe(version.Length > 0);

        lie = true;
        (await host.AskAsync(handshake)).ShouldStartWith("HTTP/1.1 502 ");
    }

    [Fact]
    public async Task Run_LaxRouteWithAListOfSubprotocols_ServerCannotChooseAnother()
    {
        await using var server = RawBackEnd.Echo(moreLines: "Sec-WebSocket-Protocol: x\r\n");
        await using var host = await HostAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Policy = new() { LaxHandshake = true, AllowedSubprotocols = ["a"] },
            }
        );

        (await host.AskAsync(TunnelHost.Handshake[..^2] + "Sec-WebSocket-Protocol: a\r\n\r\n")).ShouldStartWith("HTTP/1.1 502 ");
    }

    [Theory]
    [InlineData("wrong accept", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n")]
    [InlineData("no accept", "Upgrade: websocket\r\nConnection: Upgrade\r\n")]
    [InlineData("no upgrade", "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")]
    [InlineData("other upgrade", "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")]
    [InlineData("no connection", "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")]
    [InlineData(
        "accept twice",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: x\r\n"
    )]
    [InlineData(
        "protocol not offered",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: x\r\n"
    )]
    public async Task Run_Wrong101_Is502(string name, string lines)
    {
        await using var server = RawBackEnd.Says($"HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n");
        await using var host = await HostAsync(server.Address);

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ", Case.Sensitive, name);
        host.Connections.Count.ShouldBe(0);
        host.Pool.Servers[0].Active.ShouldBe(0);
    }
}

public sealed class TunnelHandshakeOnStreamsTests() : TunnelHandshakeTests(RelayChoice.Stream);

public sealed class TunnelHandshakeOnEpollTests() : TunnelHandshakeTests(RelayChoice.Epoll);

public sealed class TunnelHandshakeUnderTlsTests() : TunnelHandshakeTests(RelayChoice.Epoll, overTls: true);

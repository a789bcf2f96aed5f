using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// Plain HTTP to <c>http://</c> servers by its bytes: what a client wrote is what a server reads, what a server wrote is what that client
/// reads, and no byte of one exchange is found in another.
/// </summary>
public sealed class Http1WireTests
{
    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Request_OrderLettersAndRepeats_ReachTheServerAsTheyCame(RelayChoice relay)
    {
        var head = new TaskCompletionSource<string>();
        await using var server = new ConnectionServer(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } came)
            {
                head.TrySetResult(came);
                await connection.WriteAsync(ConnectionServer.Ok("x"));
            }
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address), new() { Relay = relay });

        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(
            "GET /a%2Fb?x=%zz&y HTTP/1.1\r\nx-LAST: 1\r\naccept: a\r\nHOST: a.test\r\nAccept: b, c\r\nX-Empty:\r\nACCEPT:\td\t\r\n"
                + "User-agent: é\r\nTe: trailers\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nX-First: 2\r\nExpect: nothing\r\n\r\n"
        );

        (await head.Task).ShouldBe(
            "GET /a%2Fb?x=%zz&y HTTP/1.1\r\nx-LAST: 1\r\naccept: a\r\nHOST: a.test\r\nAccept: b, c\r\nX-Empty: \r\nACCEPT: d\r\n"
                + "User-agent: é\r\nX-First: 2\r\n\r\n"
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("Content-Length: 0\r\n")]
    public async Task Request_WithoutABody_HasTheLengthThatTheClientSaid(string length)
    {
        foreach (var method in new[] { "GET", "POST", "PUT", "DELETE", "PATCH", "PROPFIND" })
        {
            await using var backend = new RecordingBackend();
            await using var proxy = await ProxyUnderTest.StartAsync(Plain(backend.Address));

            (await RawHttp.SendAsync(proxy.Port, $"{method} / HTTP/1.1\r\nHost: a\r\n{length}\r\n")).Status.ShouldBe(200);

            backend.Requests.Single().Values("Content-Length").ShouldBe(length.Length > 0 ? ["0"] : []);
        }
    }

    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Connection_IsKept_AcrossClients(RelayChoice relay)
    {
        await using var server = new ConnectionServer(AnswerAllAsync);
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address), new() { Relay = relay });

        for (var round = 0; round < 20; round++)
            (await RawHttp.GetAsync(proxy.Port, $"/{round}")).Body.ShouldBe($"/{round}");

        server.Connections.ShouldBe(1);
    }

    // What comes behind an answer, or before anybody asked, is nobody's answer.
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n")]
    [InlineData(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nother"
    )]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x, close\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")]
    public async Task Answer_MoreBehindIt_IsNobodys(string answer)
    {
        await using var server = new ConnectionServer(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
                await connection.WriteAsync(answer);
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));

        for (var round = 1; round <= 5; round++)
        {
            var read = await RawHttp.GetAsync(proxy.Port, "/");
            (read.Status, read.Body.Replace("2\r\nok\r\n0\r\n\r\n", "ok", StringComparison.Ordinal)).ShouldBe((200, "ok"));
            server.Connections.ShouldBe(round, "none of them is used twice");
        }
    }

    [Fact]
    public async Task Answer_BeforeAnybodyAsked_IsNobodys()
    {
        await using var server = new ConnectionServer(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
            {
                await connection.WriteAsync(ConnectionServer.Ok("one"));
                if (connection.Number < 10)
                    await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
            }
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));

        for (var round = 1; round <= 10; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("one");
            if (round < 10)
                await Eventually.TrueAsync(() => Task.FromResult(server.Ended == round), "the connection is given up");
        }

        server.Connections.ShouldBe(10);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2,\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nX: \0\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\nok")]
    [InlineData("HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")]
    public async Task Answer_TwoReadersCouldReadDifferently_IsNotHandedOn(string answer)
    {
        await using var server = new ConnectionServer(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
                await connection.WriteAsync(answer);
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));

        for (var round = 1; round <= 2; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(502);
            server.Connections.ShouldBe(round);
        }
    }

    // RFC 9110, 8.6; HAProxy takes them, too.
    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 2\r\n")]
    [InlineData("Content-Length: 2, 2\r\n")]
    [InlineData("Content-Length: 2\r\nX: y\r\ncontent-length:\t02 , 2\r\n")]
    public async Task Length_SaidSeveralTimes_IsOne(string lengths)
    {
        await using var server = new ConnectionServer(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
                await connection.WriteAsync(
                    $"HTTP/1.1 200 OK\r\n{lengths}\r\n{(head.StartsWith("HEAD", StringComparison.Ordinal) ? "" : "ok")}"
                );
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));

        foreach (var method in new[] { "GET", "HEAD", "GET" })
        {
            var answer = await RawHttp.SendAsync(proxy.Port, $"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
            (answer.Status, answer.Body).ShouldBe((200, method == "HEAD" ? "" : "ok"));
            answer.Values("Content-Length").ShouldBe(["2"]);
        }

        server.Connections.ShouldBe(1);
    }

    // Every byte at every place of an answer, twice over the same proxy: whatever it becomes, what the next request gets is its own.
    [Fact]
    public async Task Answer_EveryByteAtEveryPlace_IsNeverFoundInTheNextOne()
    {
        const string whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nbody";
        const string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nT: u\r\n\r\n";
        byte[] values = [0, 9, 10, 13, 32, (byte)'0', (byte)'1', (byte)'5', (byte)':', (byte)';', (byte)'H', (byte)'a', 0x7f, 0x80, 0xff];
        var bytes = Array.Empty<byte>();
        await using var server = new ConnectionServer(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                if (head.StartsWith("GET /sound", StringComparison.Ordinal))
                {
                    await connection.WriteAsync(ConnectionServer.Ok("sound"));
                    continue;
                }

                await connection.Stream.WriteAsync(bytes, connection.Stop);

                // It has said all that it will: what is not whole by now ends.
                connection.ShutdownSend();
            }
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));

        foreach (var text in new[] { whole, chunked })
        {
            for (var at = 0; at < text.Length; at++)
            {
                foreach (var value in values)
                {
                    bytes = Encoding.Latin1.GetBytes(text);
                    bytes[at] = value;
                    await using var client = await RawHttp.ConnectAsync(proxy.Port);
                    await client.WriteAsync("GET /odd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                    (await client.ReadAnswerAsync()).Status.ShouldBeOneOf(0, 200, 201, 205, 210, 250, 300, 500, 502);

                    var sound = await RawHttp.GetAsync(proxy.Port, "/sound");
                    (sound.Status, sound.Body).ShouldBe((200, "sound"), $"behind {value} at {at} of {text}");
                }
            }
        }
    }

    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Connection_NobodyUses_IsClosedWhenItsTimeIsOver(RelayChoice relay)
    {
        await using var server = new ConnectionServer(AnswerAllAsync);
        var config = Plain(server.Address);
        config = config with { UpstreamPools = [config.UpstreamPools[0] with { KeepAliveTimeout = TimeSpan.FromMilliseconds(300) }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { Relay = relay });

        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);

        await Eventually.TrueAsync(() => Task.FromResult(server.Ended == 1), "the server sees its end");
        proxy.Host.Http1.Open.ShouldBe(0);
    }

    [Fact]
    public async Task Connection_ServerLeavesTheConfig_IsClosed()
    {
        await using var server = new ConnectionServer(AnswerAllAsync);
        await using var other = new ConnectionServer(AnswerAllAsync);
        var config = Plain(server.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);

        await proxy.ApplyAsync(
            config with
            {
                UpstreamPools = [config.UpstreamPools[0] with { Servers = [new() { Address = other.Address }] }],
            }
        );

        await Eventually.TrueAsync(() => Task.FromResult(server.Ended == 1), "nothing is kept for a server that is gone");
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
        other.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task Connection_ServerEndsIt_IsForgottenWithoutARequest()
    {
        await using var server = new ConnectionServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(ConnectionServer.Ok("x"));
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));

        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);

        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Http1.Open == 0), "nothing is kept of it");
    }

    // The whole of both directions at the same time: neither waits for the other's end.
    [Fact]
    public async Task Exchange_BothWaysAtOnce_IsCarriedAsItComes()
    {
        const int pieces = 200;
        await using var server = new ConnectionServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var piece = 0; piece < pieces; piece++)
                await connection.WriteAsync($"5\r\n{await connection.ReadBodyAsync(5)}\r\n");
            await connection.WriteAsync("0\r\n\r\n");
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Plain(server.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {pieces * 5}\r\n\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
        for (var piece = 0; piece < pieces; piece++)
        {
            var text = piece.ToString("d5", System.Globalization.CultureInfo.InvariantCulture);
            await client.WriteAsync(text);
            Encoding.ASCII.GetString(await client.ReadBytesAsync(10)).ShouldBe($"5\r\n{text}\r\n");
        }
    }

    private static ProxyConfig Plain(params string[] servers)
    {
        var all = Configs.All(servers);
        var action = (RouteAction.Proxy)all.Routes[0].Action;
        return all with { Routes = [all.Routes[0] with { Action = action with { ForwardedHeaders = false } }] };
    }

    private static async Task AnswerAllAsync(ServerConnection connection)
    {
        while (await connection.ReadHeadAsync() is { } head)
            await connection.WriteAsync(ConnectionServer.Ok(head.Split(' ')[1]));
    }
}

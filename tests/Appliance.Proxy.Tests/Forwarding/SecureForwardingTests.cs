using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>Plain HTTP to <c>https://</c> servers of HTTP/1.1, over our own connections: on an event loop, and over streams.</summary>
public sealed class SecureForwardingTests : IDisposable
{
    private readonly Authority _authority = new();
    private readonly X509Certificate2 _certificate;

    public SecureForwardingTests() => _certificate = _authority.Issue(["localhost"]);

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    /// <summary>What carries a request under TLS.</summary>
    public static TheoryData<RelayChoice, ForwarderChoice> Ways =>
        new()
        {
            { RelayChoice.Auto, ForwarderChoice.Auto },
            { RelayChoice.Stream, ForwarderChoice.Auto },
            { RelayChoice.Auto, ForwarderChoice.Yarp },
        };

    [Theory]
    [InlineData(RelayChoice.Auto, true)]
    [InlineData(RelayChoice.Stream, true)]
    [InlineData(RelayChoice.Auto, false)]
    public async Task Request_IsWrittenAsItCame_OverAConnectionThatIsKept(RelayChoice relay, bool knowsAlpn)
    {
        var heads = new List<string>();
        await using var server = Server(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                heads.Add(head);
                await connection.WriteAsync(ConnectionServer.Ok(head.Split(' ')[1]));
            }
        });
        if (!knowsAlpn)
            server.Protocols = null;
        await using var proxy = await StartAsync(server.Address, relay);

        for (var round = 0; round < 20; round++)
            (await RawHttp.GetAsync(proxy.Port, $"/{round}", headers: "x-LAST: 1\r\nACCEPT:\tb\r\n")).Body.ShouldBe($"/{round}");

        heads.ShouldAllBe(head => head.EndsWith("Host: localhost\r\nx-LAST: 1\r\nACCEPT: b\r\n\r\n", StringComparison.Ordinal));
        server.Connections.ShouldBe(1);
        proxy.Host.Http1.Open.ShouldBe(1);
    }

    // Cut on the way, a part would pass for the whole (RFC 9112, 9.8).
    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Answer_UntilTheEnd_IsWholeOnlyWhenTlsSaysThatItIs(RelayChoice relay)
    {
        await using var server = Server(async connection =>
        {
            var head = await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na part");
            if (head?.StartsWith("GET /whole", StringComparison.Ordinal) == true)
                await connection.SayGoodbyeAsync();
            connection.ShutdownSend();
            await connection.DrainAsync();
        });
        await using var proxy = await StartAsync(server.Address, relay);

        for (var round = 0; round < 3; round++)
        {
            var whole = await RawHttp.SendAsync(proxy.Port, "GET /whole HTTP/1.1\r\nHost: a\r\n\r\n");
            (whole.Status, whole.WasReset, whole.Body).ShouldBe((200, false, "6\r\na part\r\n0\r\n\r\n"));

            var part = await RawHttp.SendAsync(proxy.Port, "GET /part HTTP/1.1\r\nHost: a\r\n\r\n");
            part.Body.ShouldNotContain("\r\n0\r\n", customMessage: "the client can tell that it is not whole");
        }

        // Anybody on the way can have done it.
        await Eventually.TrueAsync(
            () => Task.FromResult(Row()?.LastError?.Contains("close_notify", StringComparison.Ordinal) == true),
            "the server's row says so"
        );
        Row()!.FailingSince.ShouldBeNull(); // it is there

        ServerView? Row() => proxy.Host.Upstreams.Pools.Values.SingleOrDefault()?.Servers.Single();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Answer_EveryByteARecordOfItsOwn_IsReadAsOne(RelayChoice relay, ForwarderChoice forwarder)
    {
        await using var server = Server(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                foreach (var one in ConnectionServer.Ok(head.Split(' ')[1] + " chunks", "X: y\r\n"))
                    await connection.WriteAsync(one.ToString());
            }
        });
        await using var proxy = await StartAsync(server.Address, relay, forwarder);

        for (var round = 0; round < 5; round++)
            (await RawHttp.GetAsync(proxy.Port, $"/{round}")).Body.ShouldBe($"/{round} chunks");

        server.Connections.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Body_OfManyMegabytesEachWay_ArrivesAsItWas(RelayChoice relay, ForwarderChoice forwarder)
    {
        var up = RandomNumberGenerator.GetBytes(8_000_000);
        var down = RandomNumberGenerator.GetBytes(9_000_001);
        await using var server = Server(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
            {
                var body = new byte[up.Length];
                await connection.Stream.ReadExactlyAsync(body, connection.Stop);
                await connection.WriteAsync(
                    $"HTTP/1.1 200 OK\r\nX-Was: {Convert.ToHexString(SHA256.HashData(body))}\r\nContent-Length: {down.Length}\r\n\r\n"
                );
                await connection.Stream.WriteAsync(down, connection.Stop);
            }
        });
        await using var proxy = await StartAsync(server.Address, relay, forwarder);

        for (var round = 0; round < 3; round++)
        {
            await using var client = await RawHttp.ConnectAsync(proxy.Port);
            var sending = SendAsync(client);
            var answer = RawAnswer.Parse(await client.ReadHeadAsync(), reset: false);
            answer.Value("X-Was").ShouldBe(Convert.ToHexString(SHA256.HashData(up)));
            SHA256.HashData(await client.ReadBytesAsync(down.Length)).ShouldBe(SHA256.HashData(down));
            await sending;
        }

        server.Connections.ShouldBe(1);

        async Task SendAsync(RawHttp client)
        {
            await client.WriteAsync($"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {up.Length}\r\n\r\n");
            await client.Stream.WriteAsync(up, client.Limit);
        }
    }

    // Both directions at the same time, over one TLS.
    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Exchange_BothWaysAtOnce_IsCarriedAsItComes(RelayChoice relay)
    {
        const int pieces = 200;
        await using var server = Server(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var piece = 0; piece < pieces; piece++)
                await connection.WriteAsync($"5\r\n{await connection.ReadBodyAsync(5)}\r\n");
            await connection.WriteAsync("0\r\n\r\n");
        });
        await using var proxy = await StartAsync(server.Address, relay);
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

    [Theory]
    [InlineData(RelayChoice.Auto, true)]
    [InlineData(RelayChoice.Auto, false)]
    [InlineData(RelayChoice.Stream, true)]
    [InlineData(RelayChoice.Stream, false)]
    public async Task Kept_BytesBeforeAnybodyAskedOrAnEnd_IsUsedByNobody(RelayChoice relay, bool ends)
    {
        await using var server = Server(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
            {
                var answer = ConnectionServer.Ok("one");
                // In one record, and in the same segment as the answer: what TLS has read ahead counts, too.
                await connection.WriteAsync(ends || connection.Number > 5 ? answer : answer + ConnectionServer.Ok("other"));
                if (ends)
                {
                    await connection.SayGoodbyeAsync();
                    return;
                }
            }
        });
        await using var proxy = await StartAsync(server.Address, relay);

        for (var round = 1; round <= 5; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("one");
            await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Http1.Open == 0), "the connection is given up");
            server.Connections.ShouldBe(round);
        }
    }

    // A record of its own behind the answer, in the same segment: TLS has it, and our buffer does not.
    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Kept_AnotherRecordBehindTheAnswer_IsNobodysAnswer(RelayChoice relay)
    {
        await using var server = Server(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
            {
                await connection.WriteAsync(ConnectionServer.Ok("one"));
                if (connection.Number <= 10)
                    await connection.WriteAsync(ConnectionServer.Ok("other"));
            }
        });
        await using var proxy = await StartAsync(server.Address, relay);

        for (var round = 1; round <= 10; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("one");
            await Eventually.TrueAsync(() => Task.FromResult(server.Ended == round), "the connection is given up");
        }
    }

    // The server reads the next request and closes: nobody knows whether it did something.
    [Theory]
    [InlineData(RelayChoice.Auto, ForwarderChoice.Auto, "GET", 200)]
    [InlineData(RelayChoice.Auto, ForwarderChoice.Auto, "POST", 502)]
    [InlineData(RelayChoice.Stream, ForwarderChoice.Auto, "GET", 200)]
    [InlineData(RelayChoice.Stream, ForwarderChoice.Auto, "POST", 502)]
    [InlineData(RelayChoice.Auto, ForwarderChoice.Yarp, "GET", 200)]
    public async Task Kept_ClosedUnderARequest_IsReplacedWhereThatIsHarmless(
        RelayChoice relay,
        ForwarderChoice forwarder,
        string method,
        int status
    )
    {
        await using var server = Server(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(ConnectionServer.Ok("x"));
            await connection.ReadHeadAsync();
            if (connection.Number % 2 == 0)
                connection.Reset();
        });
        await using var proxy = await StartAsync(server.Address, relay, forwarder);

        for (var round = 0; round < 6; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
            (await RawHttp.SendAsync(proxy.Port, $"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")).Status.ShouldBe(status);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Server_OfTwoPools_IsTrustedByEachForItself(RelayChoice relay, ForwarderChoice forwarder)
    {
        using var theirs = new Authority("Their authority");
        await using var server = Server(AnswerAllAsync);
        var config = new ProxyConfig
        {
            Routes =
            [
                Configs.Proxy("any", "/any", "any"),
                Configs.Proxy("ours", "/ours", "ours"),
                Configs.Proxy("theirs", "/theirs", "theirs"),
            ],
            UpstreamPools =
            [
                Configs.Pool("any", server.Address) with
                {
                    Tls = new() { Verify = false },
                },
                Configs.Pool("ours", server.Address) with
                {
                    Tls = new() { Trusted = _authority.Pem },
                },
                Configs.Pool("theirs", server.Address) with
                {
                    Tls = new() { Trusted = theirs.Pem },
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { Relay = relay, Forwarder = forwarder });

        for (var round = 0; round < 3; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/any")).Status.ShouldBe(200);
            (await RawHttp.GetAsync(proxy.Port, "/theirs")).Status.ShouldBe(502);
            (await RawHttp.GetAsync(proxy.Port, "/ours")).Status.ShouldBe(200);
        }
    }

    // It ends under the settings that it began with; its connection is not for those that hold now.
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Edit_WhileARequestIsUnderWay_ItsConnectionIsUsedByNobodyLater(RelayChoice relay, ForwarderChoice forwarder)
    {
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                if (head.StartsWith("GET /slow", StringComparison.Ordinal))
                {
                    came.SetResult();
                    await goOn.Task.WaitAsync(connection.Stop);
                }

                await connection.WriteAsync(ConnectionServer.Ok($"{connection.Number}"));
            }
        });
        var config = Secure(server.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { Relay = relay, Forwarder = forwarder });
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        await came.Task;

        await proxy.ApplyAsync(
            config with
            {
                UpstreamPools =
                [
                    config.UpstreamPools[0] with
                    {
                        Tls = new() { Trusted = _authority.Pem, ServerName = "localhost" },
                    },
                ],
            }
        );
        goOn.SetResult();
        await client.ReadHeadAsync();
        var old = Encoding.ASCII.GetString(await client.ReadBytesAsync(1));

        for (var round = 0; round < 3; round++)
            (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldNotBe(old);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Connect_ThatTakesTooLong_Is504AndTheServersFault(RelayChoice relay, ForwarderChoice forwarder)
    {
        // It accepts, and says nothing to the handshake.
        await using var server = new ConnectionServer(connection => connection.DrainAsync());
        var config = Secure(server.Address.Replace("http:", "https:", StringComparison.Ordinal));
        var action = (RouteAction.Proxy)config.Routes[0].Action;
        config = config with
        {
            Routes = [config.Routes[0] with { Action = action with { ConnectTimeout = TimeSpan.FromMilliseconds(400) } }],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { Relay = relay, Forwarder = forwarder });

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawHttp.GetAsync(proxy.Port, "/")));

        answers.ShouldAllBe(answer => answer.Status == 504);
    }

    private ConnectionServer Server(Func<ServerConnection, Task> serve) => new(serve, _certificate);

    private ProxyConfig Secure(string address)
    {
        var config = Configs.All(address);
        var action = (RouteAction.Proxy)config.Routes[0].Action;
        return config with
        {
            Routes = [config.Routes[0] with { Action = action with { ForwardedHeaders = false } }],
            UpstreamPools = [config.UpstreamPools[0] with { Tls = new UpstreamTls { Trusted = _authority.Pem } }],
        };
    }

    private Task<ProxyUnderTest> StartAsync(string address, RelayChoice relay, ForwarderChoice forwarder = ForwarderChoice.Auto) =>
        ProxyUnderTest.StartAsync(Secure(address), new() { Relay = relay, Forwarder = forwarder });

    private static async Task AnswerAllAsync(ServerConnection connection)
    {
        while (await connection.ReadHeadAsync() is { } head)
            await connection.WriteAsync(ConnectionServer.Ok(head.Split(' ')[1]));
    }
}

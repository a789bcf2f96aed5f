using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// Every end of a try, over real sockets: who is blamed, and what the client reads. Blamed is a server that the next request passes over.
/// </summary>
public sealed class TryEndTests
{
    public static TheoryData<string, int, bool> ServerEnds =>
        new()
        {
            { "/ok", 200, false },
            { "/status-500", 500, false },
            { "/close", 502, true },
            { "/reset", 502, true },
            { "/garbage", 502, true },
            { "/half-a-head", 502, true },
            { "/switch", 502, true },
            { "/late", 504, true },
            { "/cut", 200, true },
            { "/stand-still", 200, true },
            { "/control-byte", 0, false },
            { "/kept-reset", 502, false },
            { "/kept-close", 502, false },
        };

    [Fact]
    public void Verdict_EveryEnd_HasARow()
    {
        foreach (var end in Enum.GetValues<TryEnd>())
        {
            var verdict = TryVerdict.Of(end);
            if (verdict.IsBlamed)
                verdict.Status.ShouldBeOneOf(502, 504);
        }

        Enum.GetValues<TryEnd>()
            .Where(end => TryVerdict.Of(end).IsBlamed)
            .ShouldBe([
                TryEnd.NotReached,
                TryEnd.NotReachedInTime,
                TryEnd.Refused,
                TryEnd.NoAnswer,
                TryEnd.Late,
                TryEnd.BadAnswer,
                TryEnd.CutAnswer,
            ]);
    }

    // A POST, which nobody sends twice.
    [Theory]
    [MemberData(nameof(ServerEnds))]
    public async Task Post_ServerEnds_IsBlamedForWhatItDid(string path, int status, bool blamed)
    {
        await using var bed = await Bed.StartAsync(path);
        if (path.StartsWith("/kept", StringComparison.Ordinal))
            (await RawHttp.GetAsync(bed.Proxy.Port, path + "-first")).Status.ShouldBe(200);

        var answer = await RawHttp.SendAsync(bed.Proxy.Port, $"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

        if (status > 0)
            answer.Status.ShouldBe(status);
        await bed.IsBlamedAsync(blamed);
    }

    // The client got the status; the server failed all the same.
    [Theory]
    [InlineData("/cut", "The server broke its answer off.")]
    [InlineData("/stand-still", "The server did not go on with its answer in time.")]
    public async Task Figures_AnswerBreaksOff_TheServerHasFailed(string path, string reason)
    {
        await using var bed = await Bed.StartAsync(path);
        (await RawHttp.GetAsync(bed.Proxy.Port, path)).Status.ShouldBe(200);
        await Eventually.TrueAsync(() => Task.FromResult(bed.Proxy.Host.Requests.Count == 1), "the request is over");
        bed.Proxy.Host.Requests.Find(1).ShouldNotBeNull().Last.Failure.ShouldBe(reason);
        var server = bed.Server.Read();
        (server.Success, server.ServerErrors).ShouldBe((0, 1));
        bed.Server.Latencies.ShouldNotBeNull();
        bed.Proxy.Host.Traffic.Total.Read().Success.ShouldBe(1);
    }

    // As in the access log: 499.
    [Fact]
    public async Task Figures_ClientGoesAwayBeforeTheAnswer_IsNoSuccess()
    {
        await using var bed = await Bed.StartAsync();
        await using (var client = await RawHttp.ConnectAsync(bed.Proxy.Port))
        {
            await client.WriteAsync("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
            await bed.HangsAsync();
        }

        await Eventually.TrueAsync(() => Task.FromResult(bed.Proxy.Host.Requests.Count == 1), "the request is over");
        bed.Proxy.Host.Requests.Find(1).ShouldNotBeNull().Status.ShouldBe(499);
        var total = bed.Proxy.Host.Traffic.Total.Read();
        (total.Success, total.ClientErrors, total.ServerErrors).ShouldBe((0, 1, 0));
        var server = bed.Server.Read();
        (server.Success, server.ClientErrors, server.ServerErrors).ShouldBe((0, 0, 0));
        bed.Server.Latencies.ShouldBeNull("what nobody answered is no latency");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("PROPFIND")]
    [InlineData("MKCOL")]
    public async Task Idempotent_KeptConnectionWasClosed_GoesOverANewOneToTheSameServer(string method)
    {
        foreach (var path in new[] { "/kept-reset", "/kept-close" })
        {
            await using var bed = await Bed.StartAsync();
            (await RawHttp.GetAsync(bed.Proxy.Port, path + "-first")).Status.ShouldBe(200);

            var answer = await RawHttp.SendAsync(bed.Proxy.Port, $"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

            (answer.Status, answer.Body).ShouldBe((200, "a"));
            await bed.IsBlamedAsync(false);
        }
    }

    [Theory]
    [InlineData("GET", "b")]
    [InlineData("PUT", "b")]
    [InlineData("PROPFIND", "b")]
    [InlineData("MKCOL", "b")]
    [InlineData("PROPPATCH", "b")]
    [InlineData("REPORT", "b")]
    [InlineData("UNLOCK", "b")]
    [InlineData("POST", "")]
    [InlineData("PATCH", "")]
    [InlineData("LOCK", "")]
    [InlineData("propfind", "")]
    public async Task Method_ServerClosesWithoutAnAnswer_NextOneIsAskedWhereTwiceIsHarmless(string method, string body)
    {
        await using var bed = await Bed.StartAsync();

        var answer = await RawHttp.SendAsync(bed.Proxy.Port, $"{method} /close HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

        answer.Status.ShouldBe(body.Length > 0 ? 200 : 502);
        if (body.Length > 0)
            answer.Body.ShouldBe(body);
    }

    [Theory]
    [InlineData("goes away", 0)]
    [InlineData("goes away in its body", 0)]
    [InlineData("sends a broken chunk", 400)]
    [InlineData("sends more than the route accepts", 413)]
    [InlineData("sends too slowly", 408)]
    [InlineData("stands still longer than the server may", 408)]
    [InlineData("does not read", 0)]
    public async Task Client_Ends_NoServerIsBlamed(string how, int status)
    {
        await using var bed = await Bed.StartAsync(how, minBodyRate: how == "sends too slowly" ? 240 : 0);
        await using (var client = await RawHttp.ConnectAsync(bed.Proxy.Port))
        {
            await client.WriteAsync(
                how switch
                {
                    "goes away" => "GET /hang HTTP/1.1\r\nHost: a\r\n\r\n",
                    "does not read" => "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n",
                    "sends a broken chunk" => "PUT /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
                    "sends more than the route accepts" =>
                        $"PUT /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n{new string('x', 0x200000)}\r\n",
                    _ => "PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
                }
            );
            if (how == "goes away")
                await bed.HangsAsync();
            if (how == "goes away in its body")
                await bed.ReadsAsync();
            if (how == "does not read")
                await bed.EndlessIsOverAsync();
            if (status > 0)
                RawAnswer.Parse(await client.ReadHeadAsync(), false).Status.ShouldBe(status);
        }

        await bed.IsBlamedAsync(false);
    }

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets, 503, false)]
    [InlineData(SocketError.NoBufferSpaceAvailable, 503, false)]
    [InlineData(SocketError.AddressNotAvailable, 503, false)]
    [InlineData(SocketError.HostNotFound, 502, true)]
    [InlineData(SocketError.ConnectionRefused, 502, true)]
    [InlineData(SocketError.HostUnreachable, 502, true)]
    [InlineData(SocketError.TimedOut, 504, true)]
    public async Task Dial_Fails_LocalWantIsNoServersFault(SocketError error, int status, bool blamed)
    {
        var dialer = new UpstreamDialer(
            Destinations.Any,
            new(Certificates.Shelves.Of(null), TimeProvider.System),
            new(Dns.GetHostAddresses, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<ServerNames>.Instance),
            TimeProvider.System
        );

        var failed = await Should.ThrowAsync<UpstreamConnectException>(async () =>
            await dialer.ConnectAsync<Stream>(
                "127.0.0.1",
                80,
                TimeSpan.FromSeconds(5),
                (_, _) => throw new SocketException((int)error),
                CancellationToken.None
            )
        );

        var verdict = TryVerdict.Of(failed.End);
        (verdict.Status, verdict.IsBlamed, verdict.Next).ShouldBe((status, blamed, NextServer.Always));
    }

    // Where a dial stands still is what it is said to be.
    [Theory]
    [InlineData("name", 502, "The server's name cannot be resolved: no name server answered in time.")]
    [InlineData("connection", 504, "The server did not accept the connection in time.")]
    [InlineData(
        "handshake",
        504,
        "The server accepted the connection, and did not finish the TLS handshake in time. Does it speak TLS on this port?"
    )]
    public async Task Dial_StandsStill_SaysWhere(string where, int status, string sentence)
    {
        using var end = new ManualResetEventSlim();
        await using var silent = new ConnectionServer(connection => connection.DrainAsync());
        var dialer = new UpstreamDialer(
            Destinations.Any,
            new(Certificates.Shelves.Of(null), TimeProvider.System),
            new(
                _ =>
                {
                    if (where == "name")
                        end.Wait();
                    return [IPAddress.Loopback];
                },
                TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLogger<ServerNames>.Instance
            ),
            TimeProvider.System
        );
        var failed = await Should.ThrowAsync<UpstreamConnectException>(async () =>
            await dialer.SecureAsync(
                "server.test",
                new Uri(silent.Address).Port,
                ServerTrust.Standard,
                [System.Net.Security.SslApplicationProtocol.Http11],
                TimeSpan.FromMilliseconds(300),
                async (to, stop) =>
                {
                    if (where == "connection")
                        await Task.Delay(Timeout.Infinite, stop);
                    var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(to, stop);
                    return new NetworkStream(socket, ownsSocket: true);
                },
                CancellationToken.None
            )
        );
        end.Set();
        failed.Message.ShouldBe(sentence);
        TryVerdict.Of(failed.End).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("/close", true)]
    [InlineData("/reset", true)]
    [InlineData("/garbage", true)]
    [InlineData("/cut-head", true)]
    [InlineData("/late", true)]
    [InlineData("/wrong-accept", true)]
    [InlineData("/ok", false)]
    [InlineData("/status-500", false)]
    [InlineData("client goes away", false)]
    public async Task Handshake_Ends_ServerIsBlamedForWhatItDid(string how, bool blamed)
    {
        await using var bed = await Bed.StartAsync(how, maxTries: 1);
        var target = how.StartsWith('/') ? how : "/hang";
        await using (var client = await RawHttp.ConnectAsync(bed.Proxy.Port))
        {
            await client.WriteAsync(
                $"GET {target} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
                    + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            );
            if (target == "/hang")
                await bed.HangsAsync();
            else
                (await client.ReadHeadAsync()).ShouldNotBeEmpty();
        }

        await bed.IsBlamedAsync(blamed);
    }

    /// <summary>A pool of a server that does what the path says, and a backup that takes over when the first is out.</summary>
    private sealed class Bed : IAsyncDisposable
    {
        private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _endless = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly LinesLog _log = new(Microsoft.Extensions.Logging.LogLevel.Debug);
        private readonly RecordingBackend _backup = new("b");
        private readonly ConnectionServer _server;

        private Bed() => _server = new(ServeAsync);

        public ProxyUnderTest Proxy { get; private set; } = null!; // set before anybody gets a bed

        public static async Task<Bed> StartAsync(string what = "", int minBodyRate = 0, int maxTries = 0)
        {
            var bed = new Bed();
            var action = new RouteAction.Proxy
            {
                Pool = "backend",
                ReadTimeout = TimeSpan.FromSeconds(
                    what is "/late" or "/stand-still" or "stands still longer than the server may" or "does not read" ? 1 : 60
                ),
                MinBodyRate = minBodyRate,
                MaxTries = maxTries,
            };
            bed.Proxy = await ProxyUnderTest.StartAsync(
                new ProxyConfig
                {
                    Routes =
                    [
                        new()
                        {
                            Name = "all",
                            Path = "/",
                            Action = action,
                            MaxRequestBodyBytes = 1 << 20,
                        },
                    ],
                    UpstreamPools =
                    [
                        new()
                        {
                            Name = "backend",
                            Servers =
                            [
                                new() { Address = bed._server.Address, FailTimeout = TimeSpan.FromHours(1) },
                                new() { Address = bed._backup.Address, Backup = true },
                            ],
                        },
                    ],
                },
                new() { BodyGrace = TimeSpan.FromMilliseconds(200) },
                bed._log
            );
            return bed;
        }

        public Appliance.Proxy.Traffic.ServerTraffic Server =>
            Proxy.Host.Servers.Single(server => server.Key.Server == _server.Address).Value;

        public Task HangsAsync() => _hanging.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public Task ReadsAsync() => _reading.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public Task EndlessIsOverAsync() => _endless.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // The verdict falls a moment after what the client saw.
        public async Task IsBlamedAsync(bool blamed)
        {
            await Eventually.TrueAsync(() => Task.FromResult(Proxy.Host.Traffic.Total.Read().Active == 0), "the request is over");
            (await RawHttp.GetAsync(Proxy.Port, "/ok")).Body.ShouldBe(
                blamed ? "b" : "a",
                string.Join('\n', _log.Lines.Where(line => line.StartsWith("Route", StringComparison.Ordinal)))
            );
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await _server.DisposeAsync();
            await _backup.DisposeAsync();
        }

        private async Task ServeAsync(ServerConnection connection)
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                var path = head.Split(' ')[1];
                if (path is not "/read" && head.Contains("Content-Length: 3", StringComparison.OrdinalIgnoreCase))
                    await connection.ReadBodyAsync(3);
                switch (path)
                {
                    case "/close" or "/kept-close" when path == "/close" || connection.Number == 1:
                        return;
                    case "/reset" or "/kept-reset" when path == "/reset" || connection.Number == 1:
                        connection.Reset();
                        return;
                    case "/garbage":
                        await connection.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n");
                        return;
                    case "/half-a-head" or "/cut-head":
                        await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Le");
                        return;
                    case "/switch":
                        await connection.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
                        break;
                    case "/wrong-accept":
                        await connection.WriteAsync(
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                                + "no\r\n\r\n"
                        );
                        break;
                    case "/late" or "/hang":
                        _hanging.TrySetResult();
                        await connection.DrainAsync();
                        return;
                    case "/cut":
                        await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
                        return;
                    case "/stand-still":
                        await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
                        await connection.DrainAsync();
                        return;
                    case "/endless":
                        await EndlessAsync(connection);
                        return;
                    case "/read":
                        _reading.TrySetResult();
                        await connection.DrainAsync();
                        return;
                    case "/control-byte":
                        await connection.WriteAsync(ConnectionServer.Ok("x", "X-Odd: a\u0001b\r\n"));
                        break;
                    case "/status-500":
                        await connection.WriteAsync("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
                        break;
                    default:
                        await connection.WriteAsync(ConnectionServer.Ok("a"));
                        break;
                }
            }
        }

        private async Task EndlessAsync(ServerConnection connection)
        {
            try
            {
                await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                var piece = new string('x', 1 << 16);
                while (true)
                    await connection.WriteAsync(piece);
            }
            finally
            {
                _endless.TrySetResult();
            }
        }
    }
}

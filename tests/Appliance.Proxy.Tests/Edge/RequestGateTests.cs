using System.Security.Authentication;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.TlsPolicies;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>What passes the gate, and what servers see of it; through the whole proxy, on real sockets.</summary>
public sealed class RequestGateTests
{
    private const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    [Theory]
    [InlineData("/admin\t")]
    [InlineData("/admin\r")]
    [InlineData("/admin\v")]
    [InlineData("/admin\f")]
    [InlineData("/admin\u001c")]
    [InlineData("/admin\u001f")]
    [InlineData("/admin\u007f")]
    [InlineData("/admin\0")]
    [InlineData("/r\u00c3\u00a4k")]
    [InlineData("/a HTTP/1.1")]
    [InlineData("/?a b")]
    public async Task Target_ByteThatAServerMayReadOtherwise_IsRefusedWithAPageBeforeRouting(string target)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(WithDeniedAdmin(backend));

        string[] begins = [$"GET {target} HTTP/1.1\r\nHost: a\r\n", Handshake.Replace("/chat", target, StringComparison.Ordinal)];
        foreach (var begin in begins)
        {
            await using var client = await RawHttp.ConnectAsync(proxy.Port);
            await client.WriteAsync(begin + "Accept: text/html\r\n\r\n");
            var answer = await client.ReadAnswerAsync();
            answer.Status.ShouldBe(400);
            answer.Value("Connection").ShouldBe("close");
            answer.Body.ShouldContain("<h1>400 Bad Request</h1>");
        }

        (await RawHttp.GetAsync(proxy.Port, "/admin")).Status.ShouldBe(403);
        backend.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/admin ")]
    [InlineData("/admin\t")]
    [InlineData("/admin\u007f")]
    [InlineData("/a HTTP/1.1")]
    public async Task Target_OverHttp2_IsJudgedAlike(string target)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(WithDeniedAdmin(backend), new() { HttpsPort = 0 });
        await using var client = await TlsClient.ConnectAsync(proxy, "a.test", http2: true);

        (await client.Http2Async((":method", "GET"), (":scheme", "https"), (":path", target), (":authority", "a.test"))).ShouldBe(400);
        (
            await client.Http2Async(
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "https"),
                (":path", target),
                (":authority", "a.test"),
                ("sec-websocket-version", "13")
            )
        ).ShouldBe(400);
        (await client.Http2GetAsync("a.test")).ShouldBe(200);
        backend.Requests.ShouldHaveSingleItem().Target.ShouldBe("/");
    }

    [Theory]
    [InlineData("upgrade", "h2c")]
    [InlineData("keep-alive", "timeout=5")]
    [InlineData("proxy-connection", "keep-alive")]
    [InlineData("transfer-encoding", "chunked")]
    public async Task Http2_HeaderOfAConnection_IsRefused(string name, string value)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { HttpsPort = 0 });
        await using var client = await TlsClient.ConnectAsync(proxy, "a.test", http2: true);

        (await GetAsync(client, "/", (name, value))).ShouldBe(400);
        (await GetAsync(client, "/", ("te", "trailers"))).ShouldBe(200);
        backend.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Http2_HostBesideAuthority_MustBeTheSame()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { HttpsPort = 0 });
        await using var client = await TlsClient.ConnectAsync(proxy, "a.test", http2: true);

        // In turn, since the server under us uses texts of earlier requests again.
        foreach (
            var (authority, host, status) in new[]
            {
                ("a.test", "a.test", 200),
                ("a.test", "b.test", 400),
                ("b.test", "a.test", 400),
                ("b.test", "B.test", 200),
                ("b.test", "b.test:443", 200),
                ("a.test:8443", "a.test", 400),
                ("a.test", "b.test", 400),
                ("a.test", "a.test", 200),
                ("a.test", null, 200),
                (null, "c.test", 200),
                (null, "[::1]", 200),
                ("a.test:0", null, 200),
                ("[::1]:80", "[::1]:80", 200),
                ("d.test:", null, 200),
                ("a.test", "a.test\t", 400),
            }
        )
        {
            List<(string, string)> fields = [(":method", "GET"), (":scheme", "https"), (":path", $"/{authority}|{host}")];
            if (authority is not null)
                fields.Add((":authority", authority));
            if (host is not null)
                fields.Add(("host", host));
            (await client.Http2Async([.. fields])).ShouldBe(status, $"{authority} {host}");
        }

        backend
            .Requests.Select(request => $"{request.Target.Split('|')[0]} {request.Value("Host")}")
            .ShouldBe([
                "/a.test a.test",
                "/b.test b.test",
                "/b.test b.test",
                "/a.test a.test",
                "/a.test a.test",
                "/ c.test",
                "/ [::1]",
                "/a.test:0 a.test:0",
                "/[::1]:80 [::1]:80",
                "/d.test: d.test",
            ]);
    }

    [Theory]
    [InlineData("connection", "close")]
    [InlineData("te", "gzip")]
    public async Task Http2_HeaderThatTheServerUnderUsRefuses_EndsTheConnection(string name, string value)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { HttpsPort = 0 });
        await using var client = await TlsClient.ConnectAsync(proxy, "a.test", http2: true);

        (await GetAsync(client, "/", (name, value))).ShouldBe(0);
        backend.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nConnection: x-other\r\n\r\n\r\n")]
    [InlineData("GET /1 HTTP/1.1\nHost: a\nConnection: keep-alive, X-Other\n\n")]
    [InlineData("POST /denied HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("")]
    public async Task Nominated_WhateverStoodBefore_NeverCrosses(string before)
    {
        await using var backend = new RecordingBackend();
        var all = WithDeniedAdmin(backend);
        all = all with { Routes = [.. all.Routes, Denied("/denied")] };
        await using var proxy = await ProxyUnderTest.StartAsync(all);
        foreach (
            var lines in new[]
            {
                "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\n",
                "Connection: keep-alive\r\nX-Hop: 1\r\nConnection: x-hop\r\n",
                "CONNECTION: close , X-Hop\r\nX-Hop: 1\r\n",
                "Connection: X-Hop\nX-Hop: 1\n",
            }
        )
        {
            await using var client = await RawHttp.ConnectAsync(proxy.Port);
            await client.WriteAsync(
                $"{before}GET /2 HTTP/1.1\r\nHost: a\r\n{lines}X-Other: 2\r\n\r\n"
                    + "GET /3 HTTP/1.1\r\nHost: a\r\nX-Hop: 3\r\nConnection: close\r\n\r\n"
            );
            await client.ReadAnswerAsync();
        }

        var seconds = backend.Requests.Where(request => request.Target == "/2").ToArray();
        seconds.Length.ShouldBe(4);
        foreach (var request in seconds)
            (request.Value("X-Hop"), request.Value("X-Other")).ShouldBe((null, "2"));
        backend.Requests.Where(request => request.Target == "/3").ShouldAllBe(request => request.Value("X-Hop") == "3");
        backend.Requests.Count(request => request.Target == "/3").ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task Nominated_ManyRequestsInPieces_EachLosesItsOwn(int pieceBytes)
    {
        const int Requests = 50;
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        var sent = new StringBuilder();
        for (var n = 0; n < Requests; n++)
        {
            var close = n == Requests - 1 ? "close" : "keep-alive";
            sent.Append($"PUT /{n} HTTP/1.1\r\nHost: a\r\nConnection: {close}, X-{n % 3}\r\nX-0: a\r\nX-1: b\r\nX-2: c\r\n");
            sent.Append(n % 2 == 0 ? "Content-Length: 3\r\n\r\nab\n" : "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\n\n\r\n0\r\n\r\n");
        }

        var writing = Task.Run(async () =>
        {
            foreach (var piece in sent.ToString().Chunk(pieceBytes))
                await client.WriteAsync(new string(piece));
        });
        await client.ReadAnswerAsync();
        await writing;

        backend.Requests.Count.ShouldBe(Requests);
        for (var n = 0; n < Requests; n++)
        {
            var seen = backend.Requests[n];
            (seen.Target, seen.Body).ShouldBe(($"/{n}", "ab\n"));
            for (var header = 0; header < 3; header++)
                seen.Values($"X-{header}").Length.ShouldBe(header == n % 3 ? 0 : 1, $"{n}: X-{header}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task Nominated_WebSocketHandshake_DoesNotCrossAndKeepsTheOrder(string before)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync($"{before}{Handshake}X-b: 1\r\nX_Under: 2\r\nX-A: 3\r\nX-B: 4\r\n\r\n");
        await Eventually.TrueAsync(
            () => Task.FromResult(backend.Requests.Any(request => request.Target == "/chat")),
            "the handshake is there"
        );

        var seen = backend.Requests.Single(request => request.Target == "/chat");
        seen.Value("X-Hop").ShouldBeNull();
        var others = seen.Headers.Where(line => line.Key.StartsWith('X') && !line.Key.StartsWith("X-F", StringComparison.Ordinal));
        others.Select(line => $"{line.Key}={line.Value}").ShouldBe(["X-b=1", "X-A=3", "X-B=4"]);
    }

    [Fact]
    public async Task Underscore_DroppedByDefault_IsNowhere()
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address);
        var facts = new RouteAction.Respond { Body = "[$http_x_user_id] [$http_x_forwarded_for] [$mapped]" };
        config = config with
        {
            Routes =
            [
                config.Routes[0] with
                {
                    RequestHeaders = [new() { Name = "X-Seen", Value = "$http_x_user_id" }],
                },
                new()
                {
                    Name = "facts",
                    Path = "/facts",
                    Action = facts,
                },
            ],
            HeaderMaps =
            [
                new()
                {
                    Name = "mapped",
                    Source = "$http_x_user_id",
                    Default = "nobody",
                    Rows = [new() { Pattern = "admin", Value = "someone" }],
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(
            config,
            new() { HttpsPort = 0, TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.0/8")] }
        );

        const string Lines = "X_User_Id: admin\r\nX_Forwarded_For: 9.9.9.9\r\n";
        (await RawHttp.GetAsync(proxy.Port, "/facts", headers: Lines)).Body.ShouldBe("[] [] [nobody]");
        await RawHttp.GetAsync(proxy.Port, "/1", headers: Lines);
        await using var client = await TlsClient.ConnectAsync(proxy, "a.test", http2: true);
        await GetAsync(client, "/2", ("x_user_id", "admin"), ("x_forwarded_for", "9.9.9.9"));

        backend.Requests.Count.ShouldBe(2);
        foreach (var seen in backend.Requests)
        {
            seen.Headers.ShouldNotContain(line => line.Key.Contains('_'));
            seen.Headers.ShouldNotContain(line => line.Value.Contains("admin") || line.Value.Contains("9.9.9.9"));
        }
    }

    [Fact]
    public async Task Underscore_Kept_ReachesServersAndVariables()
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address);
        var rule = new HeaderRule { Name = "X-Seen", Value = "$http_x_user_id" };
        config = config with { Routes = [config.Routes[0] with { RequestHeaders = [rule] }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { DropUnderscoreHeaders = false });

        await RawHttp.GetAsync(proxy.Port, "/", headers: "X_User_Id: admin\r\n");

        var seen = backend.Requests.ShouldHaveSingleItem();
        (seen.Value("X_User_Id"), seen.Value("X-Seen")).ShouldBe(("admin", "admin"));
    }

    [Fact]
    public async Task Http10_TransferEncoding_IsRefusedAndClosed()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync(
            "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        var answer = await client.ReadAnswerAsync();

        (answer.Status, answer.Value("Connection")).ShouldBe((400, "close"));
        answer.Body.ShouldStartWith("400 Bad Request\nHTTP/1.0 has no Transfer-Encoding.\nRequest ID: ");
        backend.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(
        "POST / HTTP/1.1\r\nHost: a.test\r\nX-Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        "/",
        "a.test"
    )]
    [InlineData("GET / HTTP/1.1\r\nHost: a.test:\r\n\r\n", "/", "a.test")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:  \r\n\r\n", "/", "[::1]")]
    [InlineData("GET HTTP://h.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n", "/x", "h.test")]
    [InlineData("GET hTtP://h.test HTTP/1.1\r\nHost: h.test\r\n\r\n", "/", "h.test")]
    [InlineData("GET / HTTP/1.1\r\nHost: a.test\r\nX: \u0001\r\n\r\n", "/", "a.test")]
    public async Task Request_UnusualButRight_Passes(string request, string target, string host)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        foreach (var one in new[] { "", "\r\n" })
        {
            await client.WriteAsync(one + request);
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
            await client.ReadBytesAsync("backend".Length);
        }

        backend.Requests.Count.ShouldBe(2);
        backend.Requests.ShouldAllBe(seen => seen.Target == target && seen.Value("Host") == host);
        if (backend.Requests[0].Method == "POST")
            backend.Requests.ShouldAllBe(seen => seen.Body == "ab" && seen.Value("X-Content-Length") == "5");
    }

    [Theory]
    [InlineData("5\nhello\n0\n\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nX: y\n\r\n\r\n")]
    public async Task ChunkedBody_ThatTwoParsersReadDifferently_EndsTheConnection(string body)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync(
            $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
                + "GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        );
        (await client.ReadAnswerAsync()).Status.ShouldBe(400);

        backend.Requests.ShouldNotContain(seen => seen.Target == "/smuggled");
    }

    [Fact]
    public async Task Head_OverTls_IsJudgedAlike()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(WithDeniedAdmin(backend), new() { HttpsPort = 0 });
        await using var client = await TlsClient.ConnectAsync(proxy, "a.test", null, false, SslProtocols.None);

        (await client.GetAsync("a.test")).Status.ShouldBe(200);
        await client.SendAsync("GET /2 HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\r\n");
        (await client.GetAsync("a.test", "/admin\t")).Status.ShouldBe(400);
        (await client.IsClosedAsync()).ShouldBeTrue();

        backend.Requests.Select(request => request.Target).ShouldBe(["/", "/2"]);
        backend.Requests[1].Value("X-Hop").ShouldBeNull();
    }

    [Theory]
    [InlineData("HEAD /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nX: y\r\n\r\n", 400)]
    [InlineData("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505)]
    public async Task Refusal_HasAPageOfItsForm(string request, int status)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync(request + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        var answer = await client.ReadAnswerAsync();

        answer.Status.ShouldBe(status);
        (answer.Body.Length > 0).ShouldBe(!request.StartsWith("HEAD", StringComparison.Ordinal));
        answer.Body.ShouldNotContain("HTTP/1.1 ");
        backend.Requests.ShouldBeEmpty();
    }

    private static Task<int> GetAsync(TlsClient client, string path, params (string Name, string Value)[] more) =>
        client.Http2Async([(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "a.test"), .. more]);

    private static ProxyConfig WithDeniedAdmin(RecordingBackend backend)
    {
        var all = Configs.All(backend.Address);
        return all with { Routes = [Denied("/admin"), .. all.Routes] };
    }

    private static Route Denied(string path) =>
        new()
        {
            Name = path[1..],
            Path = path,
            PathKind = PathKind.Exact,
            Action = new RouteAction.Respond { Status = 403 },
        };
}

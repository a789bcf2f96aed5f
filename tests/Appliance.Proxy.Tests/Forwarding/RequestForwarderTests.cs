using Appliance.Proxy.Config;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

public sealed class RequestForwarderTests
{
    // A port that nothing listens on: refused at once.
    private const string Nowhere = "http://127.0.0.1:1";

    [Theory]
    [InlineData("/plain?x=1")]
    [InlineData("/a%20b/..%2fc?x=%zz")]
    [InlineData("/x/..%2f%zz|%61")]
    [InlineData("/a|b/%61//c/./d?")]
    [InlineData("/a/../b?y=../z")]
    public async Task Target_WithoutUpstreamPath_ArrivesByteForByte(string target)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        (await RawHttp.GetAsync(proxy.Port, target)).Status.ShouldBe(200);

        backend.Requests.Single().Target.ShouldBe(target);
    }

    [Theory]
    [InlineData("/name/", "/", "/name/x?y=1", "/x?y=1")]
    [InlineData("/name/", "/remote/", "/name/x", "/remote/x")]
    [InlineData("/name", "/remote/", "/name/x", "/remote//x")]
    [InlineData("/name/", "/remote", "/name/x", "/remotex")]
    [InlineData("/name/", "/", "/name/a%20b", "/a%20b")]
    [InlineData("/name/", "/", "/name/%3Fx%25", "/%3Fx%25")]
    public async Task Target_WithUpstreamPath_IsReplaced(string path, string upstreamPath, string target, string expected)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with { Routes = [Configs.Proxy("one", path, upstreamPath: upstreamPath)] };
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        await RawHttp.GetAsync(proxy.Port, target);

        backend.Requests.Single().Target.ShouldBe(expected);
    }

    [Fact]
    public async Task Headers_Defaults_HostAsSentAndForwardedFresh()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        await RawHttp.GetAsync(
            proxy.Port,
            "/",
            "Chat.Example.com:8080",
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX_under: dropped\r\nX-Latin: caf\u00e9\r\n"
        );

        var seen = backend.Requests.Single();
        seen.Value("Host").ShouldBe("Chat.Example.com:8080");
        seen.Value("X-Forwarded-For").ShouldBe("127.0.0.1");
        seen.Value("X-Forwarded-Proto").ShouldBe("http");
        seen.Value("X-Forwarded-Host").ShouldBe("Chat.Example.com:8080");
        seen.Value("X_under").ShouldBeNull();
        seen.Value("X-Latin").ShouldBe("caf\u00e9");
    }

    [Fact]
    public async Task Headers_TrustedPeer_ForwardedIsContinued()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(backend.Address),
            new() { TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.0/8")], DropUnderscoreHeaders = false }
        );

        await RawHttp.GetAsync(
            proxy.Port,
            "/",
            "a.example",
            "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: wss\r\nX-Forwarded-Host: b.example\r\nX_under: kept\r\n"
        );

        var seen = backend.Requests.Single();
        seen.Value("X-Forwarded-For").ShouldBe("198.51.100.7, 127.0.0.1");
        seen.Value("X-Forwarded-Proto").ShouldBe("https");
        seen.Value("X-Forwarded-Host").ShouldBe("b.example");
        seen.Value("X_under").ShouldBe("kept");
    }

    [Fact]
    public async Task Headers_HopByHopAndNominated_NeverCross()
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ =>
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: X-Back\r\nX-Back: 1\r\nX-Stay: caf\u00e9\r\nKeep-Alive: "
                + "timeout=5\r\n\r\nok",
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Drop\r\nX-Drop: 1\r\nX-Keep: 2\r\nTE: gzip\r\nKeep-Alive: "
                + "5\r\nProxy-Connection: keep-alive\r\n\r\n"
        );
        var answer = RawAnswer.Parse(await client.ReadHeadAsync(), reset: false);

        var seen = backend.Requests.Single();
        seen.Value("X-Keep").ShouldBe("2");
        foreach (var name in new[] { "X-Drop", "TE", "Keep-Alive", "Proxy-Connection" })
            seen.Values(name).ShouldBeEmpty(name);
        answer.Values("X-Back").ShouldBeEmpty();
        answer.Values("Keep-Alive").ShouldBeEmpty();
        answer.Value("X-Stay").ShouldBe("caf\u00e9");
    }

    [Fact]
    public async Task Rules_RequestAndResponse_AreApplied()
    {
        await using var backend = new RecordingBackend();
        var route = Configs.Proxy("one") with
        {
            RequestHeaders =
            [
                new() { Name = "X-Real-IP", Value = "$remote_addr" },
                new() { Name = "Host", Value = "$proxy_host" },
                new()
                {
                    Name = "X-Many",
                    Operation = HeaderOperation.Append,
                    Value = "two",
                },
                new() { Name = "X-Secret", Operation = HeaderOperation.Remove },
                new() { Name = "Content-Type", Value = "text/x-${request_method}" },
            ],
            ResponseHeaders =
            [
                new() { Name = "X-Served-By", Value = "$server_name|$uri" },
                new() { Name = "X-Backend", Operation = HeaderOperation.Remove },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address) with { Routes = [route] });

        var answer = await RawHttp.SendAsync(
            proxy.Port,
            "POST /a%0d%0ab HTTP/1.1\r\nHost: x\r\nX-Many: one\r\nX-Secret: s\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"
        );

        var seen = backend.Requests.Single();
        seen.Value("X-Real-IP").ShouldBe("127.0.0.1");
        seen.Value("Host").ShouldBe("backend");
        string.Join(", ", seen.Values("X-Many")).ShouldBe("one, two");
        seen.Values("X-Secret").ShouldBeEmpty();
        seen.Value("Content-Type").ShouldBe("text/x-POST");
        seen.Body.ShouldBe("abc");
        answer.Value("X-Served-By").ShouldBe("|/a  b");
        answer.Values("X-Backend").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET", 0)]
    [InlineData("PUT", 300_000)]
    [InlineData("POST", 300_000)] // refused before a byte was sent: harmless for any method
    public async Task NextServer_ConnectionRefused_RequestArrivesWhole(string method, int bodyBytes)
    {
        await using var backend = new RecordingBackend();
        var pool = Configs.Pool("backend", Nowhere, backend.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(new() { Routes = [Configs.Proxy("all")], UpstreamPools = [pool] });
        var body = new string('x', bodyBytes);

        for (var round = 0; round < 3; round++)
        {
            var answer = await RawHttp.SendAsync(
                proxy.Port,
                $"{method} /r{round} HTTP/1.1\r\nHost: x\r\nContent-Length: {bodyBytes}\r\n\r\n{body}"
            );
            answer.Status.ShouldBe(200);
        }

        backend.Requests.Count.ShouldBe(3);
        backend.Requests.ShouldAllBe(request => request.Body == body);
    }

    [Fact]
    public async Task NextServer_ClosedWithoutAnswer_OnlyIdempotentMethodsGoOn()
    {
        await using var broken = new RecordingBackend { Answer = _ => null };
        await using var backend = new RecordingBackend();
        var pool = Configs.Pool("backend", broken.Address, backend.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(new() { Routes = [Configs.Proxy("all")], UpstreamPools = [pool] });

        (await RawHttp.SendAsync(proxy.Port, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")).Status.ShouldBe(200);
        broken.Requests.Count.ShouldBe(1);
        backend.Requests.Single().Body.ShouldBe("hello");

        await using var second = await ProxyUnderTest.StartAsync(new() { Routes = [Configs.Proxy("all")], UpstreamPools = [pool] });
        (await RawHttp.SendAsync(second.Port, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")).Status.ShouldBe(502);
    }

    [Fact]
    public async Task Failure_UpstreamAway_OurOwn502()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(Nowhere));
        var answer = await RawHttp.GetAsync(proxy.Port, "/", headers: "Accept: text/html\r\n");
        answer.Status.ShouldBe(502);
        answer.Body.ShouldContain("cannot be reached");
        answer.Body.ShouldNotContain("127.0.0.1");
    }

    [Fact]
    public async Task Failure_UnresolvableName_HarmsOnlyItsServer()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All("http://does-not-exist.invalid:80", backend.Address));
        for (var round = 0; round < 4; round++)
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Failure_SlowUpstream_504()
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ => "",
            Behind = (_, _, cancelled) => Task.Delay(Timeout.Infinite, cancelled),
        };
        var route = Configs.Proxy("all") with
        {
            Action = new RouteAction.Proxy { Pool = "backend", ReadTimeout = TimeSpan.FromMilliseconds(300) },
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address) with { Routes = [route] });
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(504);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: xyz\r\n\r\nok")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("garbage\r\n\r\n")]
    public async Task Failure_AnswerThatCannotBeCarried_502(string said)
    {
        await using var backend = new RecordingBackend { Answer = _ => said, Behind = (_, _, _) => Task.CompletedTask };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(502);
    }

    [Fact]
    public async Task Answer_Cut_ReachesClientCut()
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this",
            Behind = (_, _, _) => Task.CompletedTask,
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        var answer = await RawHttp.GetAsync(proxy.Port, "/");

        // Kestrel's abort may overtake what was not sent yet; what matters is that the client cannot take it for whole.
        (answer.Status == 0 || (answer.Value("Content-Length") == "1000" && answer.Body.Length < 1000)).ShouldBeTrue();
    }

    [Fact]
    public async Task Answer_426_KeepsUpgrade()
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ => "HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n",
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        var answer = await RawHttp.GetAsync(proxy.Port, "/");
        answer.Status.ShouldBe(426);
        answer.Value("Upgrade").ShouldBe("TLS/1.2");
    }

    [Theory]
    [InlineData(
        "POST /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 0\r\n\r\n"
    )]
    [InlineData(
        "GET /x HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )]
    [InlineData(
        "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: "
            + "AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
    )]
    public async Task Upgrade_NotAWebSocketHandshake_IsStrippedAndPlain(string request)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(request);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200");
        var seen = backend.Requests.Single();
        seen.Values("Upgrade").ShouldBeEmpty();
        seen.Values("HTTP2-Settings").ShouldBeEmpty();
        seen.Method.ShouldBe(request.Split(' ')[0]);
    }

    [Fact]
    public async Task Actions_RedirectAndRespond_AreAnsweredHere()
    {
        var config = new ProxyConfig
        {
            Routes =
            [
                new()
                {
                    Name = "r",
                    Path = "/old",
                    Action = new RouteAction.Redirect { Status = 308, Location = "https://$host$request_uri" },
                },
                new()
                {
                    Name = "t",
                    Path = "/hi",
                    PathKind = PathKind.Exact,
                    Action = new RouteAction.Respond { Body = "hello $remote_addr" },
                },
                new()
                {
                    Name = "m",
                    Path = "/m",
                    Methods = ["PUT", "DELETE"],
                    Action = new RouteAction.Respond(),
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        var redirect = await RawHttp.GetAsync(proxy.Port, "/old/a%20b?x", "A.example:81");
        (redirect.Status, redirect.Value("Location")).ShouldBe((308, "https://a.example/old/a%20b?x"));
        var respond = await RawHttp.GetAsync(proxy.Port, "/hi");
        (respond.Status, respond.Body).ShouldBe((200, "hello 127.0.0.1"));
        var method = await RawHttp.GetAsync(proxy.Port, "/m");
        (method.Status, method.Value("Allow")).ShouldBe((405, "PUT, DELETE"));
        (await RawHttp.GetAsync(proxy.Port, "/nothing")).Status.ShouldBe(404);
        (await RawHttp.GetAsync(proxy.Port, "/../x")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Limits_LongBodyAndLongHeader_AreRefused()
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with { Routes = [Configs.Proxy("all") with { MaxRequestBodyBytes = 10 }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        (await RawHttp.SendAsync(proxy.Port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world")).Status.ShouldBe(413);
        (
            await RawHttp.SendAsync(
                proxy.Port,
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"
            )
        ).Status.ShouldBe(413);
        (await RawHttp.GetAsync(proxy.Port, "/", headers: $"X-Long: {new string('x', 64 * 1024)}\r\n")).Status.ShouldBe(431);
    }
}

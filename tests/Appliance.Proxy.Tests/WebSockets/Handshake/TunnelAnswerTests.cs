using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

/// <summary>Servers that do anything but agree.</summary>
public abstract class TunnelAnswerTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    [Theory]
    [InlineData("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello", "HTTP/1.1 200 Fine\r\n", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", "HTTP/1.1 200 OK\r\n", "he")]
    [InlineData(
        "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\n",
        "abc",
        "de"
    )]
    [InlineData(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 ",
        "WWW-Authenticate: Basic"
    )]
    [InlineData("HTTP/1.0 503 Busy\r\nRetry-After: 3\r\n\r\nlater", "HTTP/1.1 503 Busy\r\n", "Retry-After: 3", "later")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 ")]
    [InlineData("HTTP/1.1 404 Not Found\nContent-Length: 1\nX-A: 1\n\n!", "HTTP/1.1 404 Not Found\r\n", "X-A: 1\r\n", "!")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 1\nX-A: 1\n\r\n!", "HTTP/1.1 404 Not Found\r\n", "X-A: 1\r\n", "!")]
    [InlineData("HTTP/1.1  404   Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404 Not Found\r\n")]
    [InlineData("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404 ")]
    [InlineData("HTTP/1.1 404 Nicht da \xE9\xFF\r\nContent-Length: 1\r\n\r\n!", "HTTP/1.1 404 Not Found\r\n", "!")]
    [InlineData("HTTP/1.1 404 \x01Not\tFound\x7F\r\nContent-Length: 1\r\n\r\n!", "HTTP/1.1 404 Not\tFound\r\n", "!")]
    [InlineData(
        "HTTP/1.1 403 No\r\nX-A: \u0001a\x1B\x7F\xE9\r\nContent-Length: 1\r\n\r\n!",
        "HTTP/1.1 403 No\r\n",
        "X-A: a  \xE9\r\n",
        "!"
    )]
    [InlineData("HTTP/1.1 403 No\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n!", "HTTP/1.1 403 No\r\n", "Content-Length: 1\r\n", "!")]
    [InlineData("HTTP/1.1 403 No\r\nContent-Length: 1, 1\r\n\r\n!", "HTTP/1.1 403 No\r\n", "Content-Length: 1\r\n", "!")]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 11\r\nSet-Cookie: a=1\r\n\r\nhello world", "HTTP/1.1 204 ", "Set-Cookie: a=1")]
    [InlineData("HTTP/1.1 205 No\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\n\r\nhello", "HTTP/1.1 205 ", "Set-Cookie: a=1")]
    [InlineData(
        "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\n!",
        "HTTP/1.1 401 ",
        "!"
    )]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n!", "HTTP/1.1 404 ", "!")]
    public async Task Run_OrdinaryAnswer_IsRelayed(string answer, params string[] expected)
    {
        await using var server = RawBackEnd.Says(answer);
        await using var host = await HostAsync(server.Address);

        var got = await host.AskAsync();

        got.ShouldStartWith(expected[0]);
        foreach (var piece in expected[1..])
            got.ShouldContain(piece);
        got.ShouldNotContain("hello" + "\0");
        if (answer.Contains("HTTP/1.1 20", StringComparison.Ordinal) && !answer.Contains("200", StringComparison.Ordinal))
            got.ShouldEndWith("\r\n\r\n");
        (await host.OutcomeAsync()).FailureStatus.ShouldBe(0);
        host.Pool.Servers[0].Active.ShouldBe(0);
    }

    [Fact]
    public async Task Run_426_KeepsItsUpgrade()
    {
        await using var server = RawBackEnd.Says(
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"
        );
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        await client.SendAsync(TunnelHost.Handshake);
        var head = await client.ReadHeadAsync();

        head.ShouldStartWith("HTTP/1.1 426 ");
        head.ShouldContain("\r\nUpgrade: websocket\r\n");
        head.ShouldContain("\r\nConnection: Upgrade\r\n");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX")]
    public async Task Run_CutAnswer_ReachesClientCut(string answer)
    {
        await using var server = RawBackEnd.Says(answer);
        await using var host = await HostAsync(server.Address);
        using var client = new HttpClient(
            new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{(OverTls ? "https" : "http")}://127.0.0.1:{host.Port}/");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", TunnelHost.Key);

        await Should.ThrowAsync<HttpRequestException>(async () => await client.SendAsync(request));
    }

    [Theory]
    [InlineData("garbage", "\x16\x03\x01 what is this\r\n\r\n")]
    [InlineData("other protocol", "SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/2 status line", "HTTP/2.0 101 Switching\r\n\r\n")]
    [InlineData("no status", "HTTP/1.1 OK\r\n\r\n")]
    [InlineData("bad header", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("folded", "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n")]
    [InlineData("nothing", "")]
    [InlineData("half a head", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: webs")]
    [InlineData("unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("CR alone", "HTTP/1.1 200 OK\r\nX: 1\rY: 2\r\n\r\n")]
    [InlineData("NUL", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n")]
    [InlineData("blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx")]
    [InlineData("four digits", "HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("signed length", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx")]
    [InlineData("length in a list", "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nxx")]
    [InlineData("empty length", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nx")]
    [InlineData("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx")]
    public async Task Run_NoAnswer_Is502(string name, string answer)
    {
        await using var server = RawBackEnd.Says(answer);
        await using var host = await HostAsync(server.Address);

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ", Case.Sensitive, name);
        (await host.OutcomeAsync()).Reason!.ShouldNotContain("127.0.0.1");
        host.Pool.Servers[0].Active.ShouldBe(0);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX: 1\rY: 2", "has a CR without LF in its head")]
    [InlineData("HTTP/1.1 200 OK\r\nX: \0", "has a NUL byte in its head")]
    [InlineData("HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n", "has a folded header line")]
    [InlineData("HTTP/1.1 OK\r\n", "has a status line that cannot be read")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n", "has a header line without a name")]
    [InlineData("SSH-2.0", "is not HTTP/1.1")]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n", "is not HTTP/1.1")]
    public async Task Run_FaultInsideAHead_Is502WithoutWaitingForItsEnd(string begun, string reason)
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(begun);
            await peer.DrainAsync();
        });
        await using var host = await HostAsync(server.Address);

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
        (await host.OutcomeAsync()).Reason.ShouldBe($"the answer to the handshake {reason}");
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: ACCEPT\n\n")]
    [InlineData(
        "HTTP/1.1  101 Oui \xE9\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\nX-Odd: \x01\r\n\r\n"
    )]
    [InlineData(
        "HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 101\r\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: ACCEPT\n\r\n"
    )]
    public async Task Run_OddlyWritten101_Opens(string head)
    {
        await using var server = new RawBackEnd(async peer =>
        {
            var asked = await peer.ReadHeadAsync();
            foreach (var one in head.Replace("ACCEPT", RawPeer.AcceptOf(asked), StringComparison.Ordinal))
                await peer.SendAsync(one.ToString());
            while (true)
                await peer.SendAsync(await peer.ReadAsync(1));
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        await client.SendAsync("ping");
        (await client.ReadAsync(4)).ShouldBe("ping"u8.ToArray());
    }

    [Theory]
    [InlineData("HTTP/1.1 401 No\r\nContent-Length: 5\r\n\r\n", "hello", "hello")]
    [InlineData("HTTP/1.1 302 Go\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r", "\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("HTTP/1.0 403 No\r\n\r\n", "hello", "hello")]
    public async Task Run_HeadOfARefusalWithoutItsBody_GoesOn(string head, string rest, string body)
    {
        var seen = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(head);
            await seen.Task;
            await peer.SendAsync(rest);
            await peer.DisposeAsync();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();
        await client.SendAsync(TunnelHost.Handshake.Replace("Connection: Upgrade", "Connection: close, Upgrade", StringComparison.Ordinal));

        (await client.ReadHeadAsync()).ShouldStartWith(head[..12].Replace("1.0", "1.1", StringComparison.Ordinal));
        seen.SetResult();

        (await client.ReadToEndAsync()).ShouldContain(body);
    }

    [Fact]
    public async Task Run_ServerAnswersAndResetsBeforeItHasRead_ItsAnswerCounts()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.SendAsync("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
            peer.Socket.Shutdown(SocketShutdown.Send);
            await peer.DrainAsync();
        });
        await using var host = await HostAsync(server.Address);

        (await host.AskAsync(TunnelHost.Handshake[..^2] + $"X-Long: {new string('x', 20_000)}\r\n\r\n")).ShouldStartWith(
            "HTTP/1.1 503 Busy\r\n"
        );
        (await host.OutcomeAsync()).ShouldBe(
            new(0, "the server answered 503 and did not switch protocols") { Answered = 503, Server = server.Address }
        );
    }

    [Fact]
    public async Task Run_HeadTooLong_Is502()
    {
        await using var server = RawBackEnd.Says("HTTP/1.1 101 Switching Protocols\r\nX: " + new string('x', 70_000));
        await using var host = await HostAsync(server.Address);

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
    }

    [Fact]
    public async Task Run_ResetDuringHandshake_Is502()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.ReadHeadAsync();
            peer.Reset();
        });
        await using var host = await HostAsync(server.Address);

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
    }

    [Fact]
    public async Task Run_SilentServer_Is504()
    {
        await using var server = new RawBackEnd(async peer => await peer.ReadToEndAsync());
        await using var host = await HostAsync(new TunnelPlan { Servers = [server.Address], ReadTimeout = TimeSpan.FromMilliseconds(200) });

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 504 ");
    }

    [Fact]
    public async Task Run_ServerAwayAndUnresolvableName_NextServerIsUsed()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await HostAsync($"http://127.0.0.1:{ClosedPort()}", "http://no-such-name.invalid:80", server.Address);

        await using var client = await host.OpenAsync();
        await client.SendAsync("ping");

        (await client.ReadAsync(4)).ShouldBe("ping"u8.ToArray());
        (await host.LiveAsync()).ServerAddress.ShouldBe(server.Address);
    }

    [Fact]
    public async Task Run_ServerClosesWithoutAnswer_NextServerIsUsed()
    {
        await using var bad = RawBackEnd.Says("");
        await using var good = RawBackEnd.Echo();
        await using var host = await HostAsync(bad.Address, good.Address);

        await using var client = await host.OpenAsync();

        bad.Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task Run_MaxTriesOne_TriesOneServer()
    {
        await using var good = RawBackEnd.Echo();
        await using var host = await HostAsync(
            new TunnelPlan { Servers = [$"http://127.0.0.1:{ClosedPort()}", good.Address], MaxTries = 1 }
        );

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
        good.Accepted.ShouldBe(0);
    }

    [Fact]
    public async Task Run_EveryServerAway_Is502()
    {
        await using var host = await HostAsync($"http://127.0.0.1:{ClosedPort()}", $"http://127.0.0.1:{ClosedPort()}");

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
    }

    private static int ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

public sealed class TunnelAnswerOnStreamsTests() : TunnelAnswerTests(RelayChoice.Stream);

public sealed class TunnelAnswerOnEpollTests() : TunnelAnswerTests(RelayChoice.Epoll);

public sealed class TunnelAnswerUnderTlsTests() : TunnelAnswerTests(RelayChoice.Epoll, overTls: true);

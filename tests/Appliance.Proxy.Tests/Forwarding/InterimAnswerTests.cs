using System.Diagnostics;
using System.Text;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>Interim answers of servers (RFC 9110, 15.2) reach clients of both protocols in front of the answer.</summary>
public sealed class InterimAnswerTests
{
    private const string Hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n";
    private const string Processing = "HTTP/1.1 102 Processing\r\n\r\n";

    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task Http1_GetsThemBeforeTheAnswer(RelayChoice relay)
    {
        var goOn = new SemaphoreSlim(0);
        await using var server = Server(Hints + Processing, _ => goOn.WaitAsync());
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address), new() { Relay = relay });
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        foreach (var method in new[] { "GET", "POST", "HEAD" })
        {
            await client.WriteAsync($"{method} / HTTP/1.1\r\nHost: a\r\n{(method == "POST" ? "Content-Length: 3\r\n\r\nabc" : "\r\n")}");

            // The server answers only when the client has them.
            (await client.ReadHeadAsync()).ShouldBe(Hints);
            (await client.ReadHeadAsync()).ShouldBe(Processing);
            goOn.Release();
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
            if (method != "HEAD")
                Encoding.Latin1.GetString(await client.ReadBytesAsync(2)).ShouldBe("ok");
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "")]
    [InlineData("HTTP/1.1 103\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n")]
    [InlineData("HTTP/1.1 199 \u00e9\r\n\r\n", "HTTP/1.1 199 \r\n\r\n")]
    [InlineData("HTTP/1.0 103 Early Hints\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n")]
    [InlineData(
        "HTTP/1.1 103 Hints\r\nX-A: a\u0001b\u00e9\r\nX-a: 2\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nAlt-Svc: h3\r\n"
            + "Transfer-Encoding: chunked\r\nContent-Length: 7\r\nSet-Cookie: appliance_session=1\r\nSet-Cookie: own=1\r\nX-Empty:\r\n\r\n",
        "HTTP/1.1 103 Hints\r\nX-A: a b\u00e9\r\nX-a: 2\r\nSet-Cookie: own=1\r\nX-Empty: \r\n\r\n"
    )]
    public async Task Http1_HasTheirBytes_WithoutWhatBelongsToTheServersConnection(string sent, string came)
    {
        await using var server = Server(sent);
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address), new() { ConsoleCookies = "appliance_" });
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        (await client.ReadRestAsync()).ShouldStartWith(came + "HTTP/1.1 200 OK\r\n");
    }

    [Fact]
    public async Task Http10_GetsTheAnswerAlone()
    {
        await using var server = Server(Hints);
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync("GET / HTTP/1.0\r\n\r\n");

        (await client.ReadRestAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
    }

    [Fact]
    public async Task ClientThatWaitsForA100_HasItBeforeHints()
    {
        await using var server = Server(Hints);
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
        (await client.ReadHeadAsync()).ShouldBe("HTTP/1.1 100 Continue\r\n\r\n");
        await client.WriteAsync("abc");

        (await client.ReadRestAsync()).ShouldContain("HTTP/1.1 200 OK\r\n");
    }

    // A server may send them without end. The client has each, memory stays, and the answer's own time-out still holds.
    [Fact]
    public async Task Thousands_ReachTheClientInTheirOrder()
    {
        const int Many = 5000;
        await using var server = Server(string.Concat(Enumerable.Range(0, Many).Select(at => $"HTTP/1.1 103 Hints\r\nX-At: {at}\r\n\r\n")));
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(server.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var came = await client.ReadRestAsync();

        var expected = string.Concat(Enumerable.Range(0, Many).Select(at => $"HTTP/1.1 103 Hints\r\nX-At: {at}\r\n\r\n"));
        came.ShouldStartWith(expected + "HTTP/1.1 200 OK\r\n");
    }

    [Fact]
    public async Task Http2_GetsThemBeforeTheAnswer()
    {
        var goOn = new SemaphoreSlim(0);
        await using var server = Server(Hints + Processing, _ => goOn.WaitAsync());
        await using var bed = new AnswerBed();
        await bed.StartAsync(_ => Configs.All(server.Address));
        await using var client = await bed.Http2Async();

        for (var request = 0; request < 3; request++)
        {
            await client.HeadersAsync(endStream: true, AnswerBed.Http2Head("GET"));
            var hints = (await client.ReadFrameAsync())!;
            var processing = (await client.ReadFrameAsync())!;
            goOn.Release();

            (hints.Type, hints.EndsStream, hints.Flags).ShouldBe((Http2Frame.Headers, false, Http2Frame.EndHeaders));
            Hpack
                .Decode(hints.Payload)
                .ShouldBe([new(":status", "103"), new("link", "</a.css>; rel=preload"), new("link", "</b.js>; rel=preload")]);
            Hpack.Decode(processing.Payload).ShouldBe([new(":status", "102")]);
            var answer = await client.ReadAnswerAsync();
            (answer.Status, answer.Body).ShouldBe((200, "ok"));
        }
    }

    // A decoder that nobody here wrote, with a dynamic table of each size, which Kestrel's answers use.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(100, 1)]
    [InlineData(4096, 1)]
    [InlineData(65536, 1)]
    [InlineData(0, 40)]
    [InlineData(4096, 40)]
    public async Task Http2_OfAnotherClient_ReadsThemAmongAnswers(int table, int parallel)
    {
        const int Body = 300_000;
        await using var server = Server(
            Hints + Processing,
            answer: $"HTTP/1.1 200 OK\r\nX-Same: same\r\nContent-Length: {Body}\r\n\r\n{new string('x', Body)}"
        );
        await using var bed = new AnswerBed();
        await bed.StartAsync(_ => Configs.All(server.Address));
        var url = $"https://127.0.0.1:{bed.Proxy.Host.HttpsEndPoint!.Port}/";
        var start = new ProcessStartInfo("node", ["h2-hints.js", url, $"{table}", "5", $"{parallel}"])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "tests", "backends"),
            RedirectStandardOutput = true,
        };

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var node = Process.Start(start)!;
        var said = await node.StandardOutput.ReadToEndAsync(limit.Token);
        await node.WaitForExitAsync(limit.Token);

        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[^1].ShouldBe("over");
        lines[..^1].ShouldBe(Enumerable.Repeat($"103 </a.css>; rel=preload, </b.js>; rel=preload | 102 | 200 | {Body}", 5 * parallel));
    }

    private static ConnectionServer Server(
        string interim,
        Func<string, Task>? wait = null,
        string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ) =>
        new(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                if (head.Contains("Content-Length: 3\r\n", StringComparison.Ordinal))
                    await connection.ReadBodyAsync(3);
                await connection.WriteAsync(interim);
                if (wait is not null)
                    await wait(head);
                await connection.WriteAsync(head.StartsWith("HEAD", StringComparison.Ordinal) ? answer[..^2] : answer);
            }
        });
}

using System.Text;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// The heads of servers' answers on their way to the client: what is kept, what is left out, and that no answer which came whole is a
/// failure.
/// </summary>
public sealed class AnswerHeadTests
{
    private const string AllControls =
        "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000b\u000c\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f";

    [Theory]
    [InlineData("1.1")]
    [InlineData("2")]
    public async Task NoContent_WithALength_IsANoContentAndKeepsItsCookies(string protocol)
    {
        await using var bed = new AnswerBed();
        bed.Server("http", "HTTP/1.1 204 No Content\r\nContent-Length: 11\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n").Behind = (
            _,
            _,
            _
        ) => Task.CompletedTask;
        await bed.StartAsync();

        var answer = await bed.AskAsync(protocol);

        answer.Status.ShouldBe(204);
        answer.Values("Content-Length").ShouldBeEmpty();
        answer.Values("Set-Cookie").ShouldBe(["a=1", "b=2"]);
        answer.Body.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("http", "2")]
    [InlineData("h2c", "1.1")]
    [InlineData("h2c", "2")]
    public async Task ResetContent_WithABody_ComesWithoutIt(string server, string protocol)
    {
        await using var bed = new AnswerBed();
        if (server == "http")
            bed.Server("http", "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\n\r\nhello");
        else
            bed.Http2Server("hello", (":status", "205"), ("content-length", "5"), ("set-cookie", "a=1"));
        await bed.StartAsync();

        for (var round = 0; round < 3; round++)
        {
            var answer = await bed.AskAsync(protocol);
            answer.Status.ShouldBe(205);
            answer.Value("Set-Cookie").ShouldBe("a=1");
            answer.Body.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("1.1", "GET", "304 Not Modified", "ETag: \"x\"\r\nContent-Length: 11\r\n", "11")]
    [InlineData("2", "GET", "304 Not Modified", "ETag: \"x\"\r\nContent-Length: 11\r\n", "11")]
    [InlineData("1.1", "HEAD", "200 OK", "Content-Length: 11\r\n", "11")]
    [InlineData("2", "HEAD", "200 OK", "Content-Length: 11\r\n", "11")]
    [InlineData("1.1", "HEAD", "200 OK", "Transfer-Encoding: chunked\r\n", null)]
    [InlineData("2", "HEAD", "404 Not Found", "", null)]
    public async Task Answer_ThatHasNoBody_KeepsItsHead(string protocol, string method, string status, string headers, string? length)
    {
        await using var bed = new AnswerBed();
        bed.Server("http", $"HTTP/1.1 {status}\r\nX-Stay: yes\r\n{headers}\r\n");
        await bed.StartAsync();

        for (var round = 0; round < 3; round++)
        {
            var answer = await bed.AskAsync(protocol, method: method);
            answer.Status.ToString().ShouldBe(status[..3]);
            answer.Value("X-Stay").ShouldBe("yes");
            answer.Value("Content-Length").ShouldBe(length);
            answer.Body.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("http", "2")]
    [InlineData("h2c", "1.1")]
    [InlineData("h2c", "2")]
    public async Task Values_WithControlBytes_AreBlankedAndFailNobody(string server, string protocol)
    {
        await using var bed = new AnswerBed();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            if (server != "h2c")
                bed.Server(
                    server,
                    $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-All: a{AllControls}b\r\nX-Tab: a\tb\r\nSet-Cookie: "
                        + "a=\u001b[1m\r\nContent-Type: text/\u0001plain\r\n\r\nok"
                );
            else
                bed.Http2Server(
                    "ok",
                    (":status", "200"),
                    ("x-all", $"a{AllControls}b"),
                    ("x-tab", "a\tb"),
                    ("set-cookie", "a=\u001b[1m"),
                    ("content-type", "text/\u0001plain")
                );
        }

        await bed.StartAsync();

        // A failure would take a server out, and the second one with the second request.
        for (var round = 0; round < 4; round++)
        {
            var answer = await bed.AskAsync(protocol);
            answer.Status.ShouldBe(200);
            answer.Value("X-All").ShouldBe("a" + new string(' ', AllControls.Length) + "b");
            answer.Value("X-Tab").ShouldBe("a\tb");
            answer.Value("Set-Cookie").ShouldBe("a= [1m");
            answer.Value("Content-Type").ShouldBe("text/ plain");
            answer.Body.ShouldContain("ok");
        }
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("http", "2")]
    [InlineData("h2c", "1.1")]
    [InlineData("h2c", "2")]
    public async Task Values_RepeatedEmptyAndBeyondAscii_AreKept(string server, string protocol)
    {
        var high = string.Concat(Enumerable.Range(0x80, 0x80).Select(code => (char)code));
        var utf8 = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("Müge ❤"));
        await using var bed = new AnswerBed();
        if (server == "http")
            bed.Server(
                "http",
                $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-High: {high}\r\nX-Utf: {utf8}\r\nX-Empty:\r\nVary: a\r\nVary: b, "
                    + "c\r\nx!#$%&'*+-.^_`|~9: token\r\n\r\nok"
            );
        else
            bed.Http2Server(
                "ok",
                (":status", "200"),
                ("x-high", high),
                ("x-utf", utf8),
                ("x-empty", ""),
                ("vary", "a"),
                ("vary", "b, c"),
                ("x!#$%&'*+-.^_`|~9", "token")
            );
        await bed.StartAsync();

        var answer = await bed.AskAsync(protocol);

        answer.Status.ShouldBe(200);
        answer.Value("X-High").ShouldBe(high.Trim('\u00a0', '\u0085'), "the test's own reader trims");
        answer.Value("X-Utf").ShouldBe(utf8);
        answer.Values("X-Empty").ShouldBe([""]);
        answer.Values("Vary").ShouldBe(["a", "b, c"]);
        answer.Value("x!#$%&'*+-.^_`|~9").ShouldBe("token");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2")]
    public async Task Headers_OfTheServersConnection_NeverCross(string protocol)
    {
        await using var bed = new AnswerBed();
        bed.Server(
            "http",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: "
                + "timeout=5\r\nProxy-Connection: close\r\nProxy-Authenticate: Basic\r\n"
                + "Upgrade: h2c\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: theirs\r\n\r\nok"
        ).Behind = (_, _, _) => Task.CompletedTask;
        await bed.StartAsync();

        var answer = await bed.AskAsync(protocol);

        answer.Status.ShouldBe(200);
        foreach (var name in new[] { "X-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Upgrade" })
            answer.Values(name).ShouldBeEmpty(name);
        answer.Values("Date").ShouldBe(["Mon, 01 Jan 2024 00:00:00 GMT"]);
        answer.Values("Server").ShouldBe(["theirs"]);
        answer.Values("Transfer-Encoding").ShouldBeEmpty();
        if (protocol == "2")
            answer.Values("Connection").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("HTTP/1.1 200 \u00fcber\r\n", 200)]
    [InlineData("HTTP/1.1 200\r\n", 200)]
    [InlineData("HTTP/1.1 299 a\u0001b\r\n", 299)]
    [InlineData("HTTP/1.1 999 Odd\r\n", 999)]
    public async Task Reason_OfAnyKind_FailsNobody(string line, int status)
    {
        await using var bed = new AnswerBed();
        bed.Server("http", line + "Content-Length: 2\r\n\r\nok");
        await bed.StartAsync();
        await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var first = (await client.ReadHeadAsync()).Split("\r\n")[0];

        first.ShouldStartWith($"HTTP/1.1 {status}");
        first.ShouldNotContain('?');
        first.ShouldNotContain('\u0001');
    }

    [Theory]
    [InlineData("Content-Length: nine\r\n")]
    [InlineData("Content-Length: -2\r\n")]
    [InlineData("Content-Length: +2\r\n")]
    [InlineData("Content-Length: 2\r\nContent-Length: 3\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n")]
    public async Task Length_ThatCannotBeRead_IsTheServersFault(string headers)
    {
        await using var bed = new AnswerBed();
        bed.Server("http", $"HTTP/1.1 200 OK\r\n{headers}\r\nok");
        await bed.StartAsync();

        (await bed.AskAsync("1.1")).Status.ShouldBe(502);
    }

    [Fact]
    public async Task Client_OfHttp10_ReadsUntilTheEnd()
    {
        await using var bed = new AnswerBed();
        bed.Server("http", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n");
        await bed.StartAsync();

        var answer = await bed.AskAsync("1.0");

        answer.Status.ShouldBe(200);
        answer.Values("Transfer-Encoding").ShouldBeEmpty();
        answer.Body.ShouldBe("hello");
    }

    [Theory]
    [InlineData("http")]
    [InlineData("h2c")]
    public async Task Trailers_OverHttp2_AreKeptWithoutWhatTheyMayNotSay(string server)
    {
        await using var bed = new AnswerBed();
        if (server == "http")
        {
            bed.Server(
                "http",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: "
                    + "a\u0001b\r\nContent-Length: 9\r\nConnection: x\r\n\r\n"
            );
        }
        else
        {
            bed.Http2Server(null).Answer = (_, stream) =>
                [
                    RecordingHttp2Backend.Head(stream, false, (":status", "200"), ("trailer", "x-sum")),
                    new(Http2Frame.Data, 0, stream, "ok"u8.ToArray()),
                    RecordingHttp2Backend.Head(stream, true, ("x-sum", "a\u0001b")),
                ];
        }

        await bed.StartAsync();
        await using var client = await bed.Http2Async();
        await client.HeadersAsync(endStream: true, AnswerBed.Http2Head("GET", ("te", "trailers")));
        List<List<KeyValuePair<string, string>>> heads = [];
        Http2Frame? frame;
        do
        {
            frame = await client.ReadFrameAsync();
            if (frame is { Type: Http2Frame.Headers })
                heads.Add(Hpack.Decode(frame.Payload));
        } while (frame is { EndsStream: false });

        heads.Count.ShouldBe(2);
        heads[0].ShouldContain(new KeyValuePair<string, string>("trailer", "x-sum"));
        heads[1].ShouldBe([new("x-sum", "a b")]);
    }

    [Fact]
    public async Task Request_KeepsTheWishForSecureLinks()
    {
        await using var bed = new AnswerBed();
        var server = bed.Server("http", RecordingBackend.Ok("one"));
        await bed.StartAsync();

        await RawHttp.GetAsync(bed.Proxy.Port, "/", headers: "Upgrade-Insecure-Requests: 1\r\n");

        server.Requests.Single().Values("Upgrade-Insecure-Requests").ShouldBe(["1"]);
    }
}

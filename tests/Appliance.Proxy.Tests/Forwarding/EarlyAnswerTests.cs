using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>A server may answer before it has read the request, and close: its answer is the client's, and it has not failed.</summary>
public sealed class EarlyAnswerTests
{
    private const int BodyBytes = 8 << 20;

    /// <summary>What the server does behind its answer.</summary>
    public enum Then
    {
        /// <summary>Closes with the body unread, which resets the connection.</summary>
        Closes,

        /// <summary>Stays, and reads nothing more.</summary>
        Stays,

        /// <summary>Reads the rest and throws it away.</summary>
        ReadsOn,
    }

    public static TheoryData<string, string, string, bool, Then> Cases()
    {
        var cases = new TheoryData<string, string, string, bool, Then>();
        foreach (var server in new[] { "http", "https" })
        {
            foreach (var protocol in new[] { "1.1", "2" })
            {
                foreach (var then in Enum.GetValues<Then>())
                    cases.Add(server, protocol, "413 Content Too Large", then == Then.Stays, then);
            }
        }

        cases.Add("http", "1.1", "401 Unauthorized", true, Then.Closes);
        cases.Add("http", "1.1", "302 Found", false, Then.Closes);
        cases.Add("http", "1.1", "503 Service Unavailable", true, Then.Stays);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Answer_WhileTheBodyIsBeingSent_IsTheClients(string server, string protocol, string status, bool isChunked, Then then)
    {
        await using var bed = new AnswerBed();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            // What reads everything for ever answers no second request: it says so.
            var end = then == Then.ReadsOn ? "Connection: close\r\n" : "";
            var backend = bed.Server(server, $"HTTP/1.1 {status}\r\n{end}Content-Length: 5\r\nX-Early: yes\r\n\r\nenoug");
            backend.AnswersHeads = true;
            backend.Behind = (_, stream, cancelled) =>
                then switch
                {
                    Then.Closes => Task.CompletedTask,
                    Then.Stays => Task.Delay(Timeout.Infinite, cancelled),
                    _ => stream.CopyToAsync(Stream.Null, cancelled),
                };
        }

        await bed.StartAsync(WithOwnAnswer);

        // A failure would take a server out, and the second one with the next request.
        for (var round = 0; round < 4; round++)
        {
            var answer = protocol == "2" ? await PostOverHttp2Async(bed) : await PostAsync(bed, isChunked);
            answer.Status.ToString().ShouldBe(status[..3]);
            answer.Value("X-Early").ShouldBe("yes");
            answer.Body.ShouldBe("enoug");
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2")]
    public async Task Answer_OfAServerOfHttp2_IsTheClients(string protocol)
    {
        await using var bed = new AnswerBed();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var backend = bed.Http2Server(null);
            backend.AnswersHeads = true;
            backend.Answer = (_, stream) =>
                [
                    RecordingHttp2Backend.Head(stream, false, (":status", "413"), ("x-early", "yes")),
                    new(Http2Frame.Data, Http2Frame.EndStream, stream, "enoug"u8.ToArray()),
                    new(Http2Frame.Reset, 0, stream, [0, 0, 0, 0]),
                ];
        }

        await bed.StartAsync(WithOwnAnswer);
        for (var round = 0; round < 4; round++)
        {
            var answer = protocol == "2" ? await PostOverHttp2Async(bed) : await PostAsync(bed, isChunked: false);
            answer.Status.ShouldBe(413);
            answer.Value("X-Early").ShouldBe("yes");
            answer.Body.ShouldContain("enoug");
        }
    }

    [Fact]
    public async Task Answer_OnAKeptConnection_IsTheClients()
    {
        await using var bed = new AnswerBed();
        var backend = bed.Server("http", "");
        backend.AnswersHeads = true;
        backend.Answer = request =>
            request.Method == "GET" ? RecordingBackend.Ok("one") : "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nenoug";
        await bed.StartAsync(WithOwnAnswer);

        for (var round = 0; round < 3; round++)
        {
            (await bed.AskAsync("1.1")).Status.ShouldBe(200);
            (await PostAsync(bed, isChunked: false)).Status.ShouldBe(413);
        }
    }

    [Fact]
    public async Task Server_ThatStreamsItsAnswerWhileItReads_ReadsEverything()
    {
        await using var bed = new AnswerBed();
        var read = 0L;
        var backend = bed.Server("http", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        backend.AnswersHeads = true;
        backend.Behind = async (_, stream, cancelled) =>
        {
            var buffer = new byte[64 << 10];
            while (read < BodyBytes && await stream.ReadAsync(buffer, cancelled) is > 0 and var count)
                read += count;
            await stream.WriteAsync("5\r\nenoug\r\n0\r\n\r\n"u8.ToArray(), cancelled);
        };
        await bed.StartAsync(WithOwnAnswer);

        (await PostAsync(bed, isChunked: false)).Status.ShouldBe(200);

        read.ShouldBe(BodyBytes);
    }

    private static async Task<RawAnswer> PostAsync(AnswerBed bed, bool isChunked)
    {
        await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
        var body = new byte[BodyBytes];
        await client.WriteAsync(
            $"POST /upload HTTP/1.1\r\nHost: a\r\n{(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {BodyBytes}")}\r\n\r\n"
        );
        if (isChunked)
            await client.WriteAsync($"{BodyBytes:x}\r\n");
        var sending = SendAsync();
        var head = await client.ReadHeadAsync();
        var length = head.Contains("Content-Length: 5", StringComparison.OrdinalIgnoreCase) ? 5 : 0;
        var text =
            length > 0
                ? Encoding.Latin1.GetString(await client.ReadBytesAsync(length))
                : Encoding.Latin1.GetString(await client.ReadBytesAsync("5\r\nenoug".Length));
        await client.DisposeAsync();
        await sending;
        return RawAnswer.Parse(head + text, reset: false);

        async Task SendAsync()
        {
            try
            {
                await client.Stream.WriteAsync(body, client.Limit);
                if (isChunked)
                    await client.WriteAsync("\r\n0\r\n\r\n");
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The answer was there first.
            }
        }
    }

    private static ProxyConfig WithOwnAnswer(ProxyConfig config) =>
        config with
        {
            Routes =
            [
                .. config.Routes,
                new()
                {
                    Name = "own",
                    Path = "/own",
                    Action = new RouteAction.Respond { Body = "ok" },
                },
            ],
        };

    // A client sends on until it hears something; what it sends stays within the first window.
    private static async Task<RawAnswer> PostOverHttp2Async(AnswerBed bed)
    {
        await using var client = await bed.Http2Async();

        // From here on nothing is acknowledged, so that reading does not write.
        await client.HeadersAsync(
            endStream: true,
            [.. AnswerBed.Http2Head("GET").Where(field => field.Name != ":path"), (":path", "/own")]
        );
        (await client.ReadAnswerAsync()).Status.ShouldBe(200);
        await client.HeadersAsync(endStream: false, AnswerBed.Http2Head("POST", ("content-length", $"{BodyBytes}")));
        var answer = client.ReadAnswerAsync();
        for (var piece = 0; piece < 600 && !answer.IsCompleted; piece++)
        {
            await client.DataAsync(new byte[1 << 10], endStream: false);
            await Task.WhenAny(answer, Task.Delay(10));
        }

        return await answer;
    }
}

using System.Text;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>The head of an answer goes on when it has come, whatever its body waits for.</summary>
public sealed class HeadFirstTests
{
    public static TheoryData<string, string, string> Bodies =>
        new()
        {
            { "200 OK", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n" },
            { "200 OK", "Content-Length: 5\r\n", "hello" },
            { "200 OK", "", "hello" },
            { "200 OK", "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n" },
            { "404 Not Found", "Content-Length: 5\r\n", "hello" },
            { "206 Partial Content", "Content-Range: bytes 0-4/9\r\nContent-Length: 5\r\n", "hello" },
        };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Head_BeforeItsBody_ReachesAnHttp1Client(string status, string headers, string body)
    {
        await using var bed = new AnswerBed();
        var goOn = Waits(bed.Server("http", $"HTTP/1.1 {status}\r\nX-Head: came\r\n{headers}\r\n"), body);
        await bed.StartAsync();
        await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var head = await client.ReadHeadAsync();
        goOn.SetResult();

        head.ShouldStartWith($"HTTP/1.1 {status}\r\n");
        head.ShouldContain("X-Head: came");
        (await client.ReadRestAsync()).ShouldContain("hello");
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Head_BeforeItsBody_ReachesAnHttp2Client(string status, string headers, string body)
    {
        await using var bed = new AnswerBed();
        var goOn = Waits(bed.Server("http", $"HTTP/1.1 {status}\r\nX-Head: came\r\n{headers}\r\n"), body);
        await bed.StartAsync();
        await using var client = await bed.Http2Async();

        await client.HeadersAsync(endStream: true, AnswerBed.Http2Head("GET"));
        var head = (await client.ReadFrameAsync())!; // there is one, or the test ends here
        goOn.SetResult();

        (head.Type, head.EndsStream).ShouldBe((Http2Frame.Headers, false));
        Hpack.Decode(head.Payload).ShouldContain(new KeyValuePair<string, string>("x-head", "came"));
        (await client.ReadAnswerAsync()).Body.ShouldBe("hello");
    }

    [Theory]
    [InlineData("https", "1.1")]
    [InlineData("https", "2")]
    [InlineData("h2c", "1.1")]
    [InlineData("h2c", "2")]
    public async Task Head_OfAnyServer_ReachesAnyClient(string server, string protocol)
    {
        await using var bed = new AnswerBed();
        TaskCompletionSource goOn;
        if (server == "https")
        {
            goOn = Waits(bed.Server("https", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n");
        }
        else
        {
            goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var backend = bed.Http2Server(null);
            backend.Answer = (_, stream) => [RecordingHttp2Backend.Head(stream, false, (":status", "200"))];
            backend.Behind = async (stream, connection, cancelled) =>
            {
                await goOn.Task.WaitAsync(cancelled);
                await connection.WriteAsync(
                    new Http2Frame(Http2Frame.Data, Http2Frame.EndStream, stream, "hello"u8.ToArray()).ToBytes(),
                    cancelled
                );
                await connection.CopyToAsync(System.IO.Stream.Null, cancelled);
            };
        }

        await bed.StartAsync();
        if (protocol == "2")
        {
            await using var client = await bed.Http2Async();
            await client.HeadersAsync(endStream: true, AnswerBed.Http2Head("GET"));
            (await client.ReadFrameAsync())!.Type.ShouldBe(Http2Frame.Headers); // there is one, or the test ends here
            goOn.SetResult();
            (await client.ReadAnswerAsync()).Body.ShouldBe("hello");
        }
        else
        {
            await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
            goOn.SetResult();
            Encoding.Latin1.GetString(await client.ReadBytesAsync(10)).ShouldBe("5\r\nhello\r\n");
        }
    }

    [Fact]
    public async Task InitialMetadata_OfGrpc_ReachesAClientThatWaitsForIt()
    {
        await using var bed = new AnswerBed();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var backend = bed.Http2Server(null);
        backend.AnswersHeads = true;
        backend.Answer = (_, stream) =>
            [RecordingHttp2Backend.Head(stream, false, (":status", "200"), ("content-type", "application/grpc"), ("x-initial", "1"))];
        backend.Behind = async (stream, connection, cancelled) =>
        {
            // The client's message comes only when it has seen our metadata.
            Http2Frame? frame;
            do frame = await Http2Frame.ReadAsync(connection, cancelled);
            while (frame is not null && !frame.EndsStream);
            heard.SetResult();
            await connection.WriteAsync(RecordingHttp2Backend.Head(stream, true, ("grpc-status", "0")).ToBytes(), cancelled);
            await connection.CopyToAsync(System.IO.Stream.Null, cancelled);
        };
        await bed.StartAsync();
        await using var client = await bed.Http2Async();

        await client.HeadersAsync(endStream: false, AnswerBed.Http2Head("POST", ("content-type", "application/grpc"), ("te", "trailers")));
        var head = (await client.ReadFrameAsync())!; // there is one, or the test ends here
        await client.DataAsync([0, 0, 0, 0, 1, 7], endStream: true);
        await heard.Task.WaitAsync(client.Limit);
        var trailers = (await client.ReadFrameAsync())!; // there is one, or the test ends here

        Hpack.Decode(head.Payload).ShouldContain(new KeyValuePair<string, string>("x-initial", "1"));
        trailers.EndsStream.ShouldBeTrue();
        Hpack.Decode(trailers.Payload).ShouldContain(new KeyValuePair<string, string>("grpc-status", "0"));
    }

    [Fact]
    public async Task Answer_ThatIsThereWhole_LeavesInOneWrite()
    {
        await using var bed = new AnswerBed();
        bed.Server("http", RecordingBackend.Ok("whole"));
        await bed.StartAsync();
        await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
        var buffer = new byte[4096];

        for (var round = 0; round < 30; round++)
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            var read = await client.Stream.ReadAsync(buffer, client.Limit);
            Encoding.Latin1.GetString(buffer, 0, read).ShouldEndWith("\r\n\r\nwhole");
        }
    }

    [Fact]
    public async Task Client_ThatLeavesWhileTheBodyIsWaitedFor_FailsNobody()
    {
        await using var bed = new AnswerBed();
        var goOn = Waits(bed.Server("http", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "0\r\n\r\n");
        await bed.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 OK\r\n");
            client.Stream.Socket.Close(0);
        }

        var left = DateTimeOffset.UtcNow;
        await Eventually.TrueAsync(() => Task.FromResult(bed.Proxy.Host.Upstreams.At > left && Server().Active == 0), "all are over");
        Server().LastError.ShouldBeNull();
        goOn.SetResult();
        (await bed.AskAsync("1.1")).Status.ShouldBe(200);
        ServerView Server() => bed.Proxy.Host.Upstreams.Pools.Values.Single().Servers.Single();
    }

    // Writes the rest when it is told to, and closes.
    private static TaskCompletionSource Waits(RecordingBackend backend, string rest)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        backend.Behind = async (_, stream, cancelled) =>
        {
            await goOn.Task.WaitAsync(cancelled);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(rest), cancelled);
        };
        return goOn;
    }
}

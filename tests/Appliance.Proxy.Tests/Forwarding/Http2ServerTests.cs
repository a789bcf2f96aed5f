using System.Text;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>What a server of HTTP/2 may send, frame by frame, and what a client gets of it.</summary>
public sealed class Http2ServerTests
{
    private const byte RefusedStream = 7;

    [Theory]
    [InlineData("HEAD", 200, "1000", "")]
    [InlineData("GET", 204, null, "hello")]
    [InlineData("GET", 304, "5", "hello")]
    [InlineData("GET", 205, null, "hello")]
    public async Task Answer_OfAKindWithoutABody_GoesOnWithoutOne(string method, int status, string? length, string body)
    {
        await using var backend = new RecordingHttp2Backend { Answer = (_, stream) => Frames(stream, status, length, body) };
        using var log = new LinesLog();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), logs: log);

        var answer = await RawHttp.SendAsync(proxy.Port, $"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");

        (answer.Status, answer.Body, answer.WasReset).ShouldBe((status, "", false), string.Join('\n', log.Lines));
        if (method == "HEAD")
            answer.Value("Content-Length").ShouldBe("1000");
        log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("3")]
    [InlineData("9")]
    public async Task Answer_NotAsLongAsItSays_IsNotTakenForWhole(string length)
    {
        await using var backend = new RecordingHttp2Backend { Answer = (_, stream) => Frames(stream, 200, length, "hello") };
        using var log = new LinesLog();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), logs: log);

        var answer = await RawHttp.SendAsync(proxy.Port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        (answer.Status == 502 || answer.WasReset || answer.Body.Length < int.Parse(length)).ShouldBeTrue($"{answer.Status} {answer.Body}");
        log.Lines.ShouldContain(line => line.StartsWith("Route all: server", StringComparison.Ordinal));
        log.Lines.ShouldNotContain(line => line.Contains("unhandled", StringComparison.OrdinalIgnoreCase));
    }

    // The server says that it has not looked at it (RFC 9113, 8.7): whatever the method, it is asked again, with the same body.
    [Theory]
    [InlineData("POST", "Content-Length: 5\r\n\r\nhello")]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("POST", "Content-Length: 0\r\n\r\n")]
    [InlineData("GET", "\r\n")]
    public async Task Stream_Refused_IsAskedAgainOnce(string method, string rest)
    {
        var asked = 0;
        await using var backend = new RecordingHttp2Backend
        {
            Answer = (_, stream) =>
                Interlocked.Increment(ref asked) == 1
                    ? [new(Http2Frame.Reset, 0, stream, [0, 0, 0, RefusedStream])]
                    : RecordingHttp2Backend.Ok(stream, "ok"),
        };
        using var log = new LinesLog();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), logs: log);

        var answer = await RawHttp.SendAsync(proxy.Port, $"{method} / HTTP/1.1\r\nHost: a\r\n{rest}");

        answer.Status.ShouldBe(200, string.Join('\n', log.Lines));
        asked.ShouldBe(2);
        backend.Requests[^1].Body.ShouldBe(rest.Contains("hello", StringComparison.Ordinal) ? "hello" : "");
        log.Lines.ShouldNotContain(line => line.StartsWith("Route", StringComparison.Ordinal));
    }

    // It was begun, and may have been done: a POST is not sent a second time, and the client is told.
    [Fact]
    public async Task Connection_CutUnderAPost_Is502AndNotRepeated()
    {
        var asked = 0;
        await using var backend = new RecordingHttp2Backend
        {
            Answer = (_, stream) => Interlocked.Increment(ref asked) == 1 ? RecordingHttp2Backend.Ok(stream, "ok") : [],
            Behind = (_, connection, _) =>
            {
                if (Volatile.Read(ref asked) > 1)
                    connection.Close();
                return Task.CompletedTask;
            },
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        (await RawHttp.SendAsync(proxy.Port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);

        var answer = await RawHttp.SendAsync(proxy.Port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");

        answer.Status.ShouldBe(502);
        asked.ShouldBe(2);
    }

    private static IEnumerable<Http2Frame> Frames(int stream, int status, string? length, string body)
    {
        (string, string)[] fields = length is null
            ? [(":status", status.ToString())]
            : [(":status", status.ToString()), ("content-length", length)];
        return body.Length == 0
            ? [RecordingHttp2Backend.Head(stream, true, fields)]
            :
            [
                RecordingHttp2Backend.Head(stream, false, fields),
                new(Http2Frame.Data, Http2Frame.EndStream, stream, Encoding.ASCII.GetBytes(body)),
            ];
    }
}

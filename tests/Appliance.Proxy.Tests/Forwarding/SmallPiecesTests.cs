using System.Text;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// A client that sends a little and waits: the server has it at once, and its answer reaches the client, who sends nothing more until it is
/// there.
/// </summary>
public sealed class SmallPiecesTests
{
    private const int PieceBytes = 20;
    private static readonly byte[] _piece = Encoding.ASCII.GetBytes("twenty bytes, no more");

    public static TheoryData<string, string, int> Waits()
    {
        var cases = new TheoryData<string, string, int>();
        foreach (var server in new[] { "http", "https" })
        {
            foreach (var protocol in new[] { "1.1", "2" })
            {
                foreach (var pieces in new[] { 0, 1, 3 })
                    cases.Add(server, protocol, pieces);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Waits))]
    public async Task Answer_WhileTheClientWaits_IsTheClients(string server, string protocol, int pieces)
    {
        await using var bed = new AnswerBed();
        var backend = bed.Server(server, "");
        backend.AnswersHeads = true;
        backend.Answer = _ => "";
        backend.Behind = async (_, stream, cancelled) =>
        {
            await stream.ReadExactlyAsync(new byte[pieces * PieceBytes], cancelled);
            await stream.WriteAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nX-Early: yes\r\n\r\nname"u8.ToArray(), cancelled);
            await Task.Delay(Timeout.Infinite, cancelled);
        };
        await bed.StartAsync();

        for (var round = 0; round < 3; round++)
        {
            var answer = protocol == "2" ? await WaitOverHttp2Async(bed, pieces) : await WaitAsync(bed, pieces);
            (answer.Status, answer.Value("X-Early"), answer.Body).ShouldBe((401, "yes", "name"));
        }
    }

    [Theory]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [InlineData("https", false)]
    [InlineData("h2c", true)]
    public async Task Pieces_OneAfterTheOther_ReachTheServerAsTheyCome(string server, bool isChunked)
    {
        const int Pieces = 5;
        await using var bed = new AnswerBed();
        using var came = new SemaphoreSlim(0);
        if (server == "h2c")
        {
            var backend = bed.Http2Server(null, (":status", "200"), ("x-end", "yes"));
            backend.OnData = _ => came.Release();
        }
        else
        {
            var backend = bed.Server(server, "");
            backend.AnswersHeads = true;
            backend.Answer = _ => "";
            backend.Behind = async (_, stream, cancelled) =>
            {
                for (var piece = 0; piece < Pieces; piece++)
                {
                    await stream.ReadExactlyAsync(new byte[PieceBytes + (isChunked ? "14\r\n\r\n".Length : 0)], cancelled);
                    came.Release();
                }

                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-End: yes\r\n\r\n"u8.ToArray(), cancelled);
            };
        }

        await bed.StartAsync();
        await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
        await client.WriteAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: "
                + $"close\r\n{(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Pieces * PieceBytes}")}\r\n\r\n"
        );
        for (var piece = 0; piece < Pieces; piece++)
        {
            await client.WriteAsync(
                isChunked ? $"14\r\n{Encoding.ASCII.GetString(_piece, 0, PieceBytes)}\r\n" : Encoding.ASCII.GetString(_piece, 0, PieceBytes)
            );
            (await came.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue($"piece {piece} did not reach the server");
        }

        if (isChunked)
            await client.WriteAsync("0\r\n\r\n");
        var answer = await client.ReadAnswerAsync();
        (answer.Status, answer.Value("X-End")).ShouldBe((200, "yes"));
    }

    private static async Task<RawAnswer> WaitAsync(AnswerBed bed, int pieces)
    {
        await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
        await client.WriteAsync("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
        for (var piece = 0; piece < pieces; piece++)
            await client.Stream.WriteAsync(_piece.AsMemory(0, PieceBytes), client.Limit);
        return await client.ReadAnswerAsync();
    }

    private static async Task<RawAnswer> WaitOverHttp2Async(AnswerBed bed, int pieces)
    {
        await using var client = await bed.Http2Async();
        await client.HeadersAsync(endStream: false, AnswerBed.Http2Head("POST", ("content-length", "1000")));
        for (var piece = 0; piece < pieces; piece++)
            await client.DataAsync(_piece[..PieceBytes], endStream: false);
        return await client.ReadAnswerAsync();
    }
}

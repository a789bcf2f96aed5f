using System.Net.Security;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>One HTTP/2 connection to a proxy, one request at a time, whose header block may be anything.</summary>
internal sealed class Http2Client : IAsyncDisposable
{
    // With a mask of zeroes and without a payload.
    private static readonly byte[] _closeFrame = [0x88, 0x80, 0, 0, 0, 0];
    private readonly Stream _stream;
    private readonly Http2Wire _wire;
    private int _next = 1;

    private Http2Client(Stream stream) => (_stream, _wire) = (stream, new(stream));

    /// <summary>False once the connection is closed or is about to be.</summary>
    public bool IsOpen { get; private set; } = true;

    public static async Task<Http2Client> ConnectAsync(int port)
    {
        using var limit = new CancellationTokenSource(FuzzBed.Patience);
        var stream = await Http1Client.SecureAsync(await Http1Client.DialAsync(port), SslApplicationProtocol.Http2);
        await stream.WriteAsync(Octets.Of(Http2Wire.Preface), limit.Token);
        var client = new Http2Client(stream);
        await client._wire.SettingsAsync(limit.Token);
        return client;
    }

    /// <summary>Sends a header block and reads its answer; a WebSocket that opens is closed in order.</summary>
    public async Task<Answer> AskAsync(IEnumerable<(string Name, string Value)> lines, string? body = null, bool isTunnel = false)
    {
        using var limit = new CancellationTokenSource(FuzzBed.Patience);
        try
        {
            var id = _next;
            _next += 2;
            var last = body is null && !isTunnel ? Http2Wire.EndStream : (byte)0;
            await _wire.WriteAsync(Http2Wire.Headers, (byte)(Http2Wire.EndHeaders | last), id, Hpack.Encode(lines), limit.Token);
            if (body is not null)
                await _wire.WriteAsync(Http2Wire.Data, Http2Wire.EndStream, id, Octets.Of(body), limit.Token);
            return await ReadAsync(id, isTunnel, limit.Token);
        }
        catch (OperationCanceledException)
        {
            IsOpen = false;
            return Answer.None(AnswerEnd.Silence);
        }
        catch (IOException)
        {
            IsOpen = false;
            return Answer.None(AnswerEnd.Closed);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<Answer> ReadAsync(int id, bool isTunnel, CancellationToken limit)
    {
        Answer? answer = null;
        var body = "";
        while (await _wire.ReadAsync(limit) is { } frame)
        {
            if (frame.Type == Http2Wire.GoAway)
                IsOpen = false;
            if (frame.Id != id)
                continue;
            switch (frame.Type)
            {
                case Http2Wire.Headers when answer is null:
                    var lines = Hpack.Decode(frame.Payload);
                    var status = int.Parse(lines.Single(line => line.Name == ":status").Value, null);
                    if (status < 200)
                        continue;
                    answer = new(status, [.. lines.Where(line => !line.Name.StartsWith(':'))], "", AnswerEnd.Kept);
                    if (isTunnel && status == 200)
                        await _wire.WriteAsync(Http2Wire.Data, Http2Wire.EndStream, id, _closeFrame, limit);
                    break;
                case Http2Wire.Data:
                    body += Octets.Text(frame.Payload);
                    break;
                case Http2Wire.Reset:
                    return answer is null ? Answer.None(AnswerEnd.StreamReset) : answer with { Body = body, End = AnswerEnd.StreamReset };
            }

            if (frame.IsLast && answer is not null)
                return answer with { Body = body, End = IsOpen ? AnswerEnd.Kept : AnswerEnd.Closed };
        }

        IsOpen = false;
        return answer is null ? Answer.None(AnswerEnd.Closed) : answer with { Body = body, End = AnswerEnd.Closed };
    }
}

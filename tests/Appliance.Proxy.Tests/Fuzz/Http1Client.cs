using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>One HTTP/1.1 connection to a proxy, over TLS where asked for.</summary>
internal sealed class Http1Client : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly WireReader _reader;

    private Http1Client(Stream stream) => (_stream, _reader) = (stream, new(stream));

    /// <summary>False once an answer has said or shown that no other one will come.</summary>
    public bool IsOpen { get; private set; } = true;

    public static async Task<Http1Client> ConnectAsync(int port, bool overTls)
    {
        var stream = await DialAsync(port);
        return new(overTls ? await SecureAsync(stream, SslApplicationProtocol.Http11) : stream);
    }

    public static async Task<NetworkStream> DialAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new(socket, ownsSocket: true);
    }

    public static async Task<SslStream> SecureAsync(Stream stream, SslApplicationProtocol protocol)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [protocol] }
        );
        return tls;
    }

    /// <summary>Sends a whole request and reads its answer; a WebSocket that opens is closed in order.</summary>
    public async Task<Answer> AskAsync(string request, bool isHead = false)
    {
        using var limit = new CancellationTokenSource(FuzzBed.Patience);
        try
        {
            await _stream.WriteAsync(Octets.Of(request), limit.Token);
        }
        catch (IOException)
        {
            // The proxy may have answered and closed before all was said.
        }

        try
        {
            var answer = await ReadAsync(isHead, limit.Token);
            IsOpen = answer.End == AnswerEnd.Kept;
            return answer;
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

    private async Task<Answer> ReadAsync(bool isHead, CancellationToken limit)
    {
        while (true)
        {
            if (await _reader.HeadAsync(limit) is not { } head)
                return Answer.None(AnswerEnd.Closed, _reader.Rest.Length > 0 ? $"half an answer: {Octets.Literal(_reader.Rest)}" : null);
            string? fault = null;
            void Hear(string what) => fault ??= what;
            var lines = WireReader.Lines(head, Hear);
            var isOne = head.Length > 12 && head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal);
            if (!int.TryParse(isOne ? head.AsSpan(9, 3) : "", out var status))
                return Answer.None(AnswerEnd.Closed, $"an answer that begins {Octets.Literal(head)}");
            if (status == 101)
                return await CloseAsync(new(status, lines, "", AnswerEnd.Closed, fault), limit);
            if (status < 200)
                continue;
            var answer = new Answer(status, lines, "", AnswerEnd.Kept, null);
            string? body = "";
            var closes = lines.Any(line => line.Name == "connection" && line.Value.Contains("close", StringComparison.OrdinalIgnoreCase));
            if (isHead || status is 204 or 304)
            {
                // There is none.
            }
            else if (answer.Value("transfer-encoding") == "chunked")
            {
                body = await _reader.ChunksAsync(Hear, limit);
            }
            else if (answer.Value("content-length") is { } length)
            {
                body = await _reader.ExactlyAsync(int.Parse(length, null), limit);
            }
            else
            {
                (body, closes) = (await _reader.ToEndAsync(limit), true);
            }

            if (body is null)
                Hear("an answer without its end");
            return answer with { Body = body ?? "", End = closes || body is null ? AnswerEnd.Closed : AnswerEnd.Kept, Fault = fault };
        }
    }

    private async Task<Answer> CloseAsync(Answer answer, CancellationToken limit)
    {
        // A close frame with a mask of zeroes, and the one that answers it.
        await _stream.WriteAsync((byte[])[0x88, 0x80, 0, 0, 0, 0], limit);
        var rest = await _reader.ToEndAsync(limit);
        return rest == "\u0088\0" ? answer : answer with { Fault = answer.Fault ?? $"{Octets.Literal(rest)} instead of a close frame" };
    }
}

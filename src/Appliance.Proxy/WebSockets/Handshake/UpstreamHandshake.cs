using System.Buffers;
using System.Text;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>Says the handshake to a server and reads its answer's head.</summary>
internal static class UpstreamHandshake
{
    /// <summary>A longer head is not an answer.</summary>
    private const int MostHeadBytes = 64 * 1024;

    private const int FirstReadBytes = 4 * 1024;

    /// <summary>The request's head as bytes: one char of every line is one byte.</summary>
    public static byte[] Write(string method, string target, HeaderLines lines)
    {
        var text = new StringBuilder(512).Append(method).Append(' ').Append(HandshakeTarget.Of(target)).Append(" HTTP/1.1\r\n");
        foreach (var line in lines.All)
            text.Append(line.Name).Append(": ").Append(HeaderText.OneLine(line.Value)).Append("\r\n");
        text.Append("\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>
    /// Sends <paramref name="request"/> and reads until a final head is complete (interim answers other than 101 are skipped). Throws
    /// <see cref="UpstreamException"/> when none came: silence, an early close, something that is not HTTP. Bytes are counted in
    /// <paramref name="tally"/>, if there is one.
    /// </summary>
    public static async Task<UpstreamHead> ExchangeAsync(
        Stream server,
        ReadOnlyMemory<byte> request,
        TimeSpan atMost,
        TimeProvider time,
        UpstreamTry? tally,
        CancellationToken cancellationToken
    )
    {
        using var stop = new CancellationTokenSource(atMost, time);
        await using var gone = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        try
        {
            if (await WriteAsync(server, request, stop.Token) is { } refused)
                return await LastWordsAsync(server, refused, tally, stop.Token);
            tally?.Sent(request.Length);
            return await ReadAsync(server, tally, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException("no answer to the handshake in time", timedOut: true) { Sent = true };
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            throw new UpstreamException((server as ServerTlsStream)?.Refusal ?? "the connection broke during the handshake", broken)
            {
                Sent = true,
            };
        }
    }

    // A server may answer and close before it has read anything: 503 of one that is busy. What it said counts.
    private static async Task<IOException?> WriteAsync(Stream server, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            await server.WriteAsync(request, cancellationToken);
            return null;
        }
        catch (IOException refused)
        {
            return refused;
        }
    }

    private static async Task<UpstreamHead> LastWordsAsync(
        Stream server,
        IOException refused,
        UpstreamTry? tally,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await ReadAsync(server, tally, cancellationToken);
        }
        catch (Exception nothing) when (nothing is IOException or UpstreamException)
        {
            throw refused;
        }
    }

    private static async Task<UpstreamHead> ReadAsync(Stream server, UpstreamTry? tally, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        var reader = new AnswerReader();
        try
        {
            var have = 0;
            while (true)
            {
                // 1. Is there a whole head? What is wrong need not be waited for to its end.
                var length = reader.Read(buffer.AsSpan(0, have));
                if (reader.Fault is { } fault)
                    throw new UpstreamException($"the answer to the handshake {fault}") { Sent = true };
                if (length > 0)
                {
                    var head = reader.Head(buffer.AsSpan(length, have - length).ToArray());
                    if (head.Status is >= 200 or 101)
                        return head;
                    buffer.AsSpan(length, have - length).CopyTo(buffer);
                    have -= length;
                    reader = new AnswerReader();
                    continue;
                }

                // 2. More.
                if (have >= MostHeadBytes)
                    throw new UpstreamException("the head of the answer to the handshake is too long") { Sent = true };
                if (have == buffer.Length)
                    buffer = Grow(buffer);
                var read = await server.ReadAsync(buffer.AsMemory(have, Math.Min(buffer.Length, MostHeadBytes) - have), cancellationToken);
                if (read == 0 && have == 0 && (server as ServerTlsStream)?.Refusal is { } refusal)
                    throw new UpstreamException(refusal);
                if (read == 0)
                    throw Closed(have);
                have += read;
                tally?.Received(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static UpstreamException Closed(int have) =>
        new(have == 0 ? "closed without an answer to the handshake" : "closed in the middle of its head") { Sent = true };

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

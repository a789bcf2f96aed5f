using System.Buffers;
using System.Text;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Tunnels;

/// <summary>Says the handshake to a server and reads its answer's head.</summary>
internal static class UpstreamHandshake
{
    /// <summary>A longer head is not an answer.</summary>
    private const int MostHeadBytes = 64 * 1024;

    private const int FirstReadBytes = 4 * 1024;

    /// <summary>The request's head as bytes: one char of every line is one byte.</summary>
    public static byte[] Write(string target, HeaderLines lines)
    {
        var text = new StringBuilder(512).Append("GET ").Append(target).Append(" HTTP/1.1\r\n");
        foreach (var line in lines.All) text.Append(line.Name).Append(": ").Append(OneLine(line.Value)).Append("\r\n");
        text.Append("\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>
    /// Sends <paramref name="request"/> and reads until a final head is complete (interim answers other than 101 are skipped). Throws
    /// <see cref="UpstreamException"/> when none came: silence, an early close, something that is not HTTP.
    /// </summary>
    public static async Task<UpstreamHead> ExchangeAsync(
        Stream server, ReadOnlyMemory<byte> request, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource(atMost, time);
        await using var gone = cancellationToken.UnsafeRegister(static one => ((CancellationTokenSource)one!).Cancel(), stop);
        try
        {
            await server.WriteAsync(request, stop.Token);
            return await ReadAsync(server, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException("no answer to the handshake in time", timedOut: true);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            throw new UpstreamException((server as ServerTlsStream)?.Refusal ?? "the connection broke during the handshake", broken);
        }
    }

    private static async Task<UpstreamHead> ReadAsync(Stream server, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        try
        {
            var have = 0;
            while (true)
            {
                // 1. Is there a whole head?
                var length = HeadParser.Length(buffer.AsSpan(0, have));
                if (length > 0)
                {
                    var head = UpstreamHead.TryParse(buffer.AsSpan(0, length), buffer.AsSpan(length, have - length).ToArray())
                        ?? throw new UpstreamException("the answer to the handshake is not HTTP/1.1");
                    if (head.Status is >= 200 or 101) return head;
                    buffer.AsSpan(length, have - length).CopyTo(buffer);
                    have -= length;
                    continue;
                }

                // 2. Garbage need not be waited for to its end.
                if (!Begins(buffer.AsSpan(0, have))) throw new UpstreamException("the answer to the handshake is not HTTP/1.1");
                if (have >= MostHeadBytes) throw new UpstreamException("the head of the answer to the handshake is too long");
                if (have == buffer.Length) buffer = Grow(buffer);

                // 3. More.
                var read = await server.ReadAsync(buffer.AsMemory(have, Math.Min(buffer.Length, MostHeadBytes) - have), cancellationToken);
                if (read == 0 && have == 0 && (server as ServerTlsStream)?.Refusal is { } refusal) throw new UpstreamException(refusal);
                if (read == 0) throw new UpstreamException(have == 0 ? "closed without an answer to the handshake" : "closed in the middle of its head");
                have += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool Begins(ReadOnlySpan<byte> bytes)
    {
        var start = "HTTP/1."u8;
        return bytes.Length < start.Length ? start.StartsWith(bytes) : bytes.StartsWith(start);
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>The last guard against a second line: whatever made the value, it stays one.</summary>
    private static string OneLine(string value) =>
        value.AsSpan().ContainsAny('\r', '\n', '\0') ? value.Replace('\r', ' ').Replace('\n', ' ').Replace('\0', ' ') : value;
}

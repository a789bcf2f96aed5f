using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Testing;

/// <summary>A client that sends exact bytes and shows exact bytes.</summary>
public sealed class RawHttp : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly CancellationTokenSource _limit = new(_patience);

    private RawHttp() { }

    // Kept: after a write that failed the client says that it is not connected, while what came before can still be read.
    private NetworkStream? _stream;

    /// <summary>The connection.</summary>
    public NetworkStream Stream => _stream ??= _client.GetStream();

    /// <summary>Cancelled when a test has waited long enough.</summary>
    public CancellationToken Limit => _limit.Token;

    /// <summary>Connects to a loopback port.</summary>
    public static async Task<RawHttp> ConnectAsync(int port)
    {
        var http = new RawHttp();
        await http._client.ConnectAsync(IPAddress.Loopback, port, http.Limit);
        return http;
    }

    /// <summary>One request on a connection of its own; the whole answer until the server closes it.</summary>
    public static async Task<RawAnswer> SendAsync(int port, string request)
    {
        await using var http = await ConnectAsync(port);
        await http.WriteAsync(
            request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal) is var closing
            && request.Contains("\nConnection:", StringComparison.OrdinalIgnoreCase)
                ? request
                : closing
        );
        return await http.ReadAnswerAsync();
    }

    /// <summary>A GET of that target.</summary>
    public static Task<RawAnswer> GetAsync(int port, string target, string host = "localhost", string headers = "") =>
        SendAsync(port, $"GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");

    /// <summary>Sends nothing more; what the other side sends can still be read.</summary>
    public void EndSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Writes Latin-1 text.</summary>
    public Task WriteAsync(string text) => Stream.WriteAsync(Encoding.Latin1.GetBytes(text), Limit).AsTask();

    /// <summary>Reads until the head is complete.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await Stream.ReadAsync(one, Limit) == 1)
            text.Append((char)one[0]);
        return text.ToString();
    }

    /// <summary>Reads that many bytes.</summary>
    public async Task<byte[]> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, Limit);
        return bytes;
    }

    /// <summary>Reads until the other side closes, as Latin-1.</summary>
    public async Task<string> ReadRestAsync()
    {
        using var reader = new StreamReader(Stream, Encoding.Latin1, leaveOpen: true);
        return await reader.ReadToEndAsync(Limit);
    }

    /// <summary>Reads until the other side closes; a reset counts as a cut.</summary>
    public async Task<RawAnswer> ReadAnswerAsync()
    {
        var bytes = new MemoryStream();
        var cut = false;
        try
        {
            await Stream.CopyToAsync(bytes, Limit);
        }
        catch (IOException)
        {
            cut = true;
        }

        return RawAnswer.Parse(Encoding.Latin1.GetString(bytes.ToArray()), cut);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _limit.Dispose();
        return default;
    }
}

/// <summary>An answer as it came.</summary>
/// <param name="Status">The status code, 0 when nothing came.</param>
/// <param name="Headers">Lines in order.</param>
/// <param name="Body">What followed the head, as sent (a chunked body with its chunks).</param>
/// <param name="WasReset">The connection ended with a reset.</param>
public sealed record RawAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, string Body, bool WasReset)
{
    /// <summary>All values of a header.</summary>
    public string[] Values(string name) =>
        [.. Headers.Where(line => line.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(line => line.Value)];

    /// <summary>The one value of a header, or null.</summary>
    public string? Value(string name) => Values(name) is [var only] ? only : null;

    /// <summary>Takes an answer apart.</summary>
    public static RawAnswer Parse(string text, bool reset)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return new(0, [], text, reset);
        var lines = text[..end].Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(line => new KeyValuePair<string, string>(line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim()));
        return new(int.Parse(lines[0].Split(' ')[1]), [.. headers], text[(end + 4)..], reset);
    }
}

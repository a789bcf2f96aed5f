namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Reads heads and bodies of HTTP/1.1 from a stream, strictly: what is not exactly right is a fault with its bytes.</summary>
internal sealed class WireReader(Stream stream)
{
    private const int MostHeadBytes = 256 * 1024;
    private readonly List<byte> _unread = [];
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>What was read and not taken.</summary>
    public string Rest => Octets.Text([.. _unread]);

    /// <summary>Everything up to and including the empty line; null at the end of the stream (see <see cref="Rest"/>).</summary>
    public async Task<string?> HeadAsync(CancellationToken cancellationToken) => await UntilAsync("\r\n\r\n", cancellationToken);

    /// <summary>A line with its CRLF, or null at the end of the stream.</summary>
    public async Task<string?> LineAsync(CancellationToken cancellationToken) => await UntilAsync("\r\n", cancellationToken);

    /// <summary>That many bytes, or null when the stream ended before.</summary>
    public async Task<string?> ExactlyAsync(int count, CancellationToken cancellationToken)
    {
        while (_unread.Count < count)
        {
            if (!await FillAsync(cancellationToken))
                return null;
        }

        return Take(count);
    }

    /// <summary>Everything until the other end closes.</summary>
    public async Task<string> ToEndAsync(CancellationToken cancellationToken)
    {
        while (await FillAsync(cancellationToken)) { }

        return Take(_unread.Count);
    }

    /// <summary>A chunked body without its coding, or null when it ended too early; <paramref name="fault"/> hears what is wrong.</summary>
    public async Task<string?> ChunksAsync(Action<string> fault, CancellationToken cancellationToken)
    {
        var body = "";
        while (true)
        {
            if (await LineAsync(cancellationToken) is not { } line)
                return null;
            if (!int.TryParse(line[..^2], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var size))
            {
                fault($"a chunk of the size {Octets.Literal(line)}");
                return null;
            }

            if (size == 0)
                break;
            if (await ExactlyAsync(size + 2, cancellationToken) is not { } piece)
                return null;
            if (!piece.EndsWith("\r\n", StringComparison.Ordinal))
                fault("a chunk without its end");
            body += piece[..^2];
        }

        while (true)
        {
            if (await LineAsync(cancellationToken) is not { } line)
                return null;
            if (line == "\r\n")
                return body;
            fault($"the trailer {Octets.Literal(line)}");
        }
    }

    /// <summary>The lines of a head behind its first one; <paramref name="fault"/> hears what is wrong with them.</summary>
    public static List<(string Name, string Value)> Lines(string head, Action<string> fault)
    {
        var lines = new List<(string, string)>();
        foreach (var line in head[..^4].Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !line[..colon].All(Octets.IsToken) || line.AsSpan().ContainsAny('\r', '\n', '\0'))
            {
                fault($"the line {Octets.Literal(line)}");
                continue;
            }

            lines.Add((line[..colon].ToLowerInvariant(), line[(colon + 1)..].Trim(' ', '\t')));
        }

        return lines;
    }

    private async Task<string?> UntilAsync(string end, CancellationToken cancellationToken)
    {
        var bytes = Octets.Of(end);
        var from = 0;
        while (true)
        {
            var at = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_unread)[from..].IndexOf(bytes);
            if (at >= 0)
                return Take(from + at + bytes.Length);
            from = Math.Max(0, _unread.Count - bytes.Length + 1);
            if (_unread.Count > MostHeadBytes || !await FillAsync(cancellationToken))
                return null;
        }
    }

    private string Take(int count)
    {
        var text = Octets.Text(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_unread)[..count]);
        _unread.RemoveRange(0, count);
        return text;
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        var read = await stream.ReadAsync(_buffer, cancellationToken);
        _unread.AddRange(_buffer.AsSpan(0, read));
        return read > 0;
    }
}

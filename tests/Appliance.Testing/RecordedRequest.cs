using System.Text;

namespace Appliance.Testing;

/// <summary>One request as it came over the wire, as Latin-1 text.</summary>
/// <param name="RequestLine">Method, target, version.</param>
/// <param name="Headers">The lines in order, names as written.</param>
/// <param name="Body">The body, chunked coding removed.</param>
public sealed record RecordedRequest(string RequestLine, IReadOnlyList<KeyValuePair<string, string>> Headers, string Body)
{
    /// <summary>The request target.</summary>
    public string Target => RequestLine.Split(' ')[1];

    /// <summary>The method.</summary>
    public string Method => RequestLine.Split(' ')[0];

    /// <summary>All values of a header, ignoring case.</summary>
    public string[] Values(string name) =>
        [.. Headers.Where(line => line.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(line => line.Value)];

    /// <summary>The one value of a header, or null.</summary>
    public string? Value(string name) => Values(name) is [var only] ? only : null;

    internal static async Task<RecordedRequest?> ReadAsync(Stream stream, bool withBody, CancellationToken cancellationToken)
    {
        var reader = new LineReader(stream);
        if (await reader.LineAsync(cancellationToken) is not { Length: > 0 } first)
            return null;
        var headers = new List<KeyValuePair<string, string>>();
        while (await reader.LineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':');
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        var request = new RecordedRequest(first, headers, "");
        if (!withBody)
            return request;
        if (request.Value("Transfer-Encoding") is not null)
        {
            var body = new StringBuilder();
            while (int.Parse((await reader.LineAsync(cancellationToken))!, System.Globalization.NumberStyles.HexNumber) is var size and > 0)
            {
                body.Append(await reader.ExactlyAsync(size, cancellationToken));
                await reader.LineAsync(cancellationToken);
            }

            await reader.LineAsync(cancellationToken);
            return request with { Body = body.ToString() };
        }

        return int.TryParse(request.Value("Content-Length"), out var length) && length > 0
            ? request with
            {
                Body = await reader.ExactlyAsync(length, cancellationToken),
            }
            : request;
    }

    // Byte by byte: a test server may be slow, and must not read what belongs to the tunnel behind the head.
    private sealed class LineReader(Stream stream)
    {
        private readonly byte[] _one = new byte[1];

        public async Task<string?> LineAsync(CancellationToken cancellationToken)
        {
            var line = new StringBuilder();
            while (await stream.ReadAsync(_one, cancellationToken) == 1)
            {
                if (_one[0] == '\n')
                    return line.ToString().TrimEnd('\r');
                line.Append((char)_one[0]);
            }

            return null;
        }

        public async Task<string> ExactlyAsync(int count, CancellationToken cancellationToken)
        {
            var bytes = new byte[count];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            return Encoding.Latin1.GetString(bytes);
        }
    }
}

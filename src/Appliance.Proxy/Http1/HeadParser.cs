using System.Buffers;
using System.Text;

namespace Appliance.Proxy.Http1;

/// <summary>
/// Takes the head of an HTTP/1.1 message apart. Strict: only CRLF, no folding, names are tokens, no control characters in values.
/// </summary>
internal static class HeadParser
{
    private static readonly SearchValues<byte> _tokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );

    private static readonly SearchValues<byte> _controlBytes = SearchValues.Create([
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        29,
        30,
        31,
        127,
    ]);

    /// <summary>
    /// The length of the head that <paramref name="bytes"/> begins with, its empty line included, or 0 when its end has not come yet.
    /// </summary>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOf("\r\n\r\n"u8);
        return at < 0 ? 0 : at + 4;
    }

    /// <summary>Splits a whole head into its first line and its header lines. Null when it is not one.</summary>
    public static HeaderLines? TryParse(ReadOnlySpan<byte> head, out string firstLine)
    {
        firstLine = "";
        if (!head.EndsWith("\r\n\r\n"u8))
            return null;
        head = head[..^2];
        var end = head.IndexOf("\r\n"u8);
        if (head[..end].ContainsAny(_controlBytes))
            return null;
        firstLine = Encoding.Latin1.GetString(head[..end]);
        head = head[(end + 2)..];

        var lines = new HeaderLines();
        while (!head.IsEmpty)
        {
            end = head.IndexOf("\r\n"u8);
            var line = head[..end];
            head = head[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExcept(_tokenBytes))
                return null;
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (value.ContainsAny(_controlBytes))
                return null;
            lines.Append(Encoding.Latin1.GetString(line[..colon]), Encoding.Latin1.GetString(value));
        }

        return lines;
    }
}

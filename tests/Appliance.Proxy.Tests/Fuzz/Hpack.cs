using System.Text;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// As much of HPACK (RFC 7541) as it takes to send bytes that no library sends: literals without an index; and to read what is sent without
/// a dynamic table.
/// </summary>
internal static class Hpack
{
    private static readonly (string Name, string Value)[] _known =
    [
        ("", ""),
        (":authority", ""),
        (":method", "GET"),
        (":method", "POST"),
        (":path", "/"),
        (":path", "/index.html"),
        (":scheme", "http"),
        (":scheme", "https"),
        (":status", "200"),
        (":status", "204"),
        (":status", "206"),
        (":status", "304"),
        (":status", "400"),
        (":status", "404"),
        (":status", "500"),
        ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"),
        ("accept-language", ""),
        ("accept-ranges", ""),
        ("accept", ""),
        ("access-control-allow-origin", ""),
        ("age", ""),
        ("allow", ""),
        ("authorization", ""),
        ("cache-control", ""),
        ("content-disposition", ""),
        ("content-encoding", ""),
        ("content-language", ""),
        ("content-length", ""),
        ("content-location", ""),
        ("content-range", ""),
        ("content-type", ""),
        ("cookie", ""),
        ("date", ""),
        ("etag", ""),
        ("expect", ""),
        ("expires", ""),
        ("from", ""),
        ("host", ""),
        ("if-match", ""),
        ("if-modified-since", ""),
        ("if-none-match", ""),
        ("if-range", ""),
        ("if-unmodified-since", ""),
        ("last-modified", ""),
        ("link", ""),
        ("location", ""),
        ("max-forwards", ""),
        ("proxy-authenticate", ""),
        ("proxy-authorization", ""),
        ("range", ""),
        ("referer", ""),
        ("refresh", ""),
        ("retry-after", ""),
        ("server", ""),
        ("set-cookie", ""),
        ("strict-transport-security", ""),
        ("transfer-encoding", ""),
        ("user-agent", ""),
        ("vary", ""),
        ("via", ""),
        ("www-authenticate", ""),
    ];

    /// <summary>What stands for a string in Huffman's code: peers that matter here send none.</summary>
    public const string Huffman = "(in Huffman's code)";

    public static byte[] Encode(IEnumerable<(string Name, string Value)> lines)
    {
        var block = new List<byte>();
        foreach (var (name, value) in lines)
        {
            block.Add(0);
            Add(block, name);
            Add(block, value);
        }

        return [.. block];
    }

    public static List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var lines = new List<(string, string)>();
        while (!block.IsEmpty)
        {
            switch (block[0])
            {
                case >= 0x80:
                    lines.Add(_known[Number(ref block, 7)]);
                    break;
                case >= 0x40:
                    lines.Add(Literal(ref block, 6));
                    break;
                case >= 0x20:
                    Number(ref block, 5);
                    break;
                default:
                    lines.Add(Literal(ref block, 4));
                    break;
            }
        }

        return lines;
    }

    private static (string Name, string Value) Literal(ref ReadOnlySpan<byte> block, int bits)
    {
        var index = Number(ref block, bits);
        var name = index > 0 ? _known[index].Name : Word(ref block);
        return (name, Word(ref block));
    }

    private static string Word(ref ReadOnlySpan<byte> block)
    {
        var coded = block[0] >= 0x80;
        var length = Number(ref block, 7);
        var text = coded ? Huffman : Octets.Text(block[..length]);
        block = block[length..];
        return text;
    }

    private static int Number(ref ReadOnlySpan<byte> block, int bits)
    {
        var most = (1 << bits) - 1;
        var number = block[0] & most;
        block = block[1..];
        if (number < most)
            return number;
        for (var shift = 0; ; shift += 7)
        {
            var one = block[0];
            block = block[1..];
            number += (one & 0x7f) << shift;
            if (one < 0x80)
                return number;
        }
    }

    private static void Add(List<byte> block, string text)
    {
        var length = text.Length;
        if (length < 0x7f)
        {
            block.Add((byte)length);
        }
        else
        {
            block.Add(0x7f);
            for (length -= 0x7f; length >= 0x80; length >>= 7)
                block.Add((byte)(length | 0x80));
            block.Add((byte)length);
        }

        block.AddRange(Encoding.Latin1.GetBytes(text));
    }
}

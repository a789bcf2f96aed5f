using System.Buffers;
using System.Text;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>
/// The last guard of the target that is written into a handshake: whatever made it, it cannot end its line or begin another. One char is
/// one byte; what is no byte becomes its UTF-8.
/// </summary>
internal static class HandshakeTarget
{
    private static readonly SearchValues<char> _plain = SearchValues.Create([.. Bytes(0x21, 255).Where(letter => letter != 0x7F)]);

    private static readonly SearchValues<char> _ascii = SearchValues.Create([.. Bytes(0x21, 0x7E)]);

    /// <summary>
    /// Blanks and control characters are percent-encoded, bytes above 0x7F stay as they are, as nginx writes them. With
    /// <paramref name="ascii"/>, for a writer that knows nothing else, these are percent-encoded, too.
    /// </summary>
    public static string Of(string target, bool ascii = false)
    {
        var plain = ascii ? _ascii : _plain;
        if (!target.AsSpan().ContainsAnyExcept(plain))
            return target;
        var text = new StringBuilder(target.Length + 32);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in target.EnumerateRunes())
        {
            if (rune.Value <= 0xFF && plain.Contains((char)rune.Value))
            {
                text.Append((char)rune.Value);
                continue;
            }

            var length = rune.Value <= 0xFF ? 1 : rune.EncodeToUtf8(bytes);
            if (rune.Value <= 0xFF)
                bytes[0] = (byte)rune.Value;
            foreach (var code in bytes[..length])
                text.Append('%').Append(code.ToString("X2"));
        }

        return text.ToString();
    }

    private static IEnumerable<char> Bytes(int first, int last) => Enumerable.Range(first, last - first + 1).Select(number => (char)number);
}

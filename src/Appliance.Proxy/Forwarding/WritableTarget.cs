using System.Buffers;
using System.Text;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Request targets as HttpClient can write them. HttpClient assumes that a target is ASCII: from the first character above 0x7F on it
/// writes nothing, and sends what its buffer still holds of an earlier request in the target's place. So what it is given has visible ASCII
/// only, and every other byte is a percent escape. Hot path: an ordinary target is returned as it is.
/// </summary>
internal static class WritableTarget
{
    private static readonly SearchValues<char> _visible = SearchValues.Create([
        .. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code),
    ]);

    /// <summary>
    /// The target with every byte outside 0x21-0x7E escaped. One char is one byte, as everywhere in the proxy; a char above 0xFF, which no
    /// byte is, counts as its UTF-8.
    /// </summary>
    public static string Of(string target)
    {
        var first = target.AsSpan().IndexOfAnyExcept(_visible);
        if (first < 0 && target.StartsWith('/'))
            return target;

        // A target without a slash would run into the port of the server's address.
        var text = new StringBuilder(target.Length + 32);
        if (!target.StartsWith('/'))
            text.Append('/');
        Span<byte> utf8 = stackalloc byte[4];
        for (var at = 0; at < target.Length; )
        {
            var character = target[at];
            if (character <= '\xff')
            {
                if (_visible.Contains(character))
                    text.Append(character);
                else
                    Escape(text, (byte)character);
                at++;
                continue;
            }

            // Half a surrogate pair decodes to U+FFFD.
            Rune.DecodeFromUtf16(target.AsSpan(at), out var rune, out var taken);
            foreach (var code in utf8[..rune.EncodeToUtf8(utf8)])
                Escape(text, code);
            at += taken;
        }

        return text.ToString();
    }

    private static void Escape(StringBuilder text, byte value) =>
        text.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
}

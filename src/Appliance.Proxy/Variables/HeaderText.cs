using System.Buffers;
using System.Text;

namespace Appliance.Proxy.Variables;

/// <summary>
/// The one writer of text that the proxy makes itself: values of header rules, targets of redirects, content types, bodies. Text in the
/// proxy has one char for each byte (Latin-1): bytes of the client as they came, text of the config as its UTF-8 bytes. What leaves here
/// can always be written, whatever came in.
/// </summary>
public static class HeaderText
{
    // RFC 9110, 5.5: a field value has no control bytes but the tab. What stands above 0xFF is no byte.
    private static readonly SearchValues<char> _harmless = SearchValues.Create([
        .. Enumerable.Range(0, 256).Select(code => (char)code).Where(letter => letter is '\t' or (>= ' ' and not '\x7f')),
    ]);

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// A value as one line: control bytes become spaces, and white space around it goes (it is no part of a value, and HTTP/2 refuses it).
    /// <c>$uri</c> and captures are percent-decoded: a request for <c>/%0d%0aX:1</c> must not be able to write a line of its own.
    /// </summary>
    public static string OneLine(string value)
    {
        var text = value.AsSpan();
        if (!text.ContainsAnyExcept(_harmless))
            return text.Trim(" \t").Length == text.Length ? value : text.Trim(" \t").ToString();
        var line = Bytes(value).ToCharArray();
        for (var at = 0; at < line.Length; at++)
        {
            if (!_harmless.Contains(line[at]))
                line[at] = ' ';
        }

        return new string(line).Trim(' ', '\t');
    }

    /// <summary>
    /// Text of the config as the bytes that it means: UTF-8, one char for each byte. For text that came from a client this would encode
    /// twice.
    /// </summary>
    public static string FromConfig(string text) => Ascii.IsValid(text) ? text : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The bytes of a rendered text, for a body: every byte as it is.</summary>
    public static byte[] Body(string text) => Encoding.Latin1.GetBytes(Bytes(text));

    /// <summary>For people: bytes that are UTF-8 as the letters they are, others one by one.</summary>
    public static string Shown(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        try
        {
            return _strict.GetString(Encoding.Latin1.GetBytes(Bytes(text)));
        }
        catch (DecoderFallbackException)
        {
            return text;
        }
    }

    // Nothing in the proxy makes such a char; if something does, it is written as UTF-8, and not as a question mark or an exception.
    private static string Bytes(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\xff'))
            return text;
        var bytes = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
            bytes.Append(rune.Value <= 0xff ? ((char)rune.Value).ToString() : FromConfig(rune.ToString()));
        return bytes.ToString();
    }
}

using System.Text;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Text with one char for each byte (Latin-1), compared as nginx compares bytes: only the letters A to Z have a lower case.
/// </summary>
internal static class BytesText
{
    /// <summary>A to Z lower, every other byte as it is.</summary>
    public static string Lower(string text) =>
        text.AsSpan().ContainsAnyInRange('A', 'Z') ? string.Create(text.Length, text, static (lower, from) =>
            {
                for (var at = 0; at < from.Length; at++)
                    lower[at] = from[at] is >= 'A' and <= 'Z' ? (char)(from[at] | 0x20) : from[at];
            }) : text;

    /// <summary>
    /// A query argument's name or value: percent-decoded, a plus is a space. A percent sign that begins no escape stands for itself.
    /// </summary>
    public static string Unescaped(ReadOnlySpan<char> raw)
    {
        if (!raw.ContainsAny('%', '+'))
            return raw.ToString();
        var text = new StringBuilder(raw.Length);
        for (var at = 0; at < raw.Length; at++)
        {
            if (raw[at] == '%' && at + 2 < raw.Length && char.IsAsciiHexDigit(raw[at + 1]) && char.IsAsciiHexDigit(raw[at + 2]))
            {
                text.Append(
                    (char)
                        byte.Parse(
                            raw.Slice(at + 1, 2),
                            System.Globalization.NumberStyles.HexNumber,
                            System.Globalization.CultureInfo.InvariantCulture
                        )
                );
                at += 2;
            }
            else
            {
                text.Append(raw[at] == '+' ? ' ' : raw[at]);
            }
        }

        return text.ToString();
    }
}

using System.Globalization;
using System.Text;

namespace Appliance.Proxy.Items;

/// <summary>
/// Text that strangers may have written (a certificate's subject, a name, a server's reason), as it can stand in a log, on a terminal or in
/// a page: what would break the line, move the cursor, hide or turn text around is written as an escape (<c>\u001B</c>). Within JSON the
/// escape is that of JSON.
/// </summary>
public static class VisibleText
{
    private const char Joiner = '\u200D';
    private const char NonJoiner = '\u200C';

    /// <summary>The text with escapes; the same object when it needs none.</summary>
    public static string Of(string text) => FirstUnsafe(text) is var first and >= 0 ? Escaped(text, first, keep: "") : text;

    /// <summary>The same, with line feeds as they are: for text of several lines.</summary>
    public static string OfLines(string text) => FirstUnsafe(text) is var first and >= 0 ? Escaped(text, first, keep: "\n") : text;

    /// <summary>
    /// True for what has no place in a line of text. Joiners stay: Persian, Indian languages and emoji are written with them.
    /// </summary>
    public static bool IsUnsafe(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
            UnicodeCategory.Format => rune.Value is not Joiner and not NonJoiner,
            _ => false,
        };

    private static int FirstUnsafe(ReadOnlySpan<char> text)
    {
        for (var place = 0; place < text.Length; )
        {
            // Half a pair is no character.
            if (Rune.DecodeFromUtf16(text[place..], out var rune, out var length) != System.Buffers.OperationStatus.Done || IsUnsafe(rune))
                return place;
            place += length;
        }

        return -1;
    }

    private static string Escaped(string text, int first, string keep)
    {
        var escaped = new StringBuilder(text, 0, first, text.Length + 16);
        for (var place = first; place < text.Length; )
        {
            var good =
                Rune.DecodeFromUtf16(text.AsSpan(place), out var rune, out var length) == System.Buffers.OperationStatus.Done
                && !IsUnsafe(rune);
            var letters = text.AsSpan(place, length);
            if (good || keep.Contains(letters[0], StringComparison.Ordinal))
                escaped.Append(letters);
            else
                foreach (var letter in letters)
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
            place += length;
        }

        return escaped.ToString();
    }
}

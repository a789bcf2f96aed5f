using System.Globalization;
using System.Text;

namespace Appliance.Data.Accounts;

/// <summary>
/// Which alphabet a letter is of, for the alphabets that people write their names in. A table of our own: the product runs without ICU, and
/// .NET knows blocks only. A letter that is in none of them is one that nobody types.
/// </summary>
internal static class Scripts
{
    /// <summary>
    /// Marks that combine with any letter. Where an alphabet has the letter with its mark as one character, only that one is a name's (RFC
    /// 8265: NFC).
    /// </summary>
    public const string Marks = "combining marks";

    private static readonly (int First, int Last, string Script)[] _ranges =
    [
        ('A', 'Z', "Latin"),
        ('a', 'z', "Latin"),
        (0xC0, 0xD6, "Latin"),
        (0xD8, 0xF6, "Latin"),
        (0xF8, 0x17F, "Latin"),
        (0x1A0, 0x1A1, "Latin"),
        (0x1AF, 0x1B0, "Latin"),
        (0x1CD, 0x1DC, "Latin"),
        (0x1E6, 0x1EB, "Latin"),
        (0x1F4, 0x1F5, "Latin"),
        (0x1F8, 0x21F, "Latin"),
        (0x226, 0x233, "Latin"),
        (0x1E00, 0x1EFF, "Latin"),
        (0x300, 0x36F, Marks),
        (0x386, 0x386, "Greek"),
        (0x388, 0x3CE, "Greek"),
        (0x1F00, 0x1FBC, "Greek"),
        (0x1FC2, 0x1FCC, "Greek"),
        (0x1FD0, 0x1FDB, "Greek"),
        (0x1FE0, 0x1FEC, "Greek"),
        (0x1FF2, 0x1FFC, "Greek"),
        (0x400, 0x481, "Cyrillic"),
        (0x48A, 0x52F, "Cyrillic"),
        (0x531, 0x556, "Armenian"),
        (0x561, 0x587, "Armenian"),
        (0x5B0, 0x5C7, "Hebrew"),
        (0x5D0, 0x5EA, "Hebrew"),
        (0x5EF, 0x5F2, "Hebrew"),
        (0x620, 0x669, "Arabic"),
        (0x66E, 0x6D3, "Arabic"),
        (0x6EE, 0x6FC, "Arabic"),
        (0x750, 0x77F, "Arabic"),
        (0x900, 0x963, "Devanagari"),
        (0x966, 0x97F, "Devanagari"),
        (0x980, 0x9FE, "Bengali"),
        (0xA01, 0xA76, "Gurmukhi"),
        (0xA81, 0xAFF, "Gujarati"),
        (0xB01, 0xB77, "Odia"),
        (0xB82, 0xBFA, "Tamil"),
        (0xC00, 0xC7F, "Telugu"),
        (0xC80, 0xCF3, "Kannada"),
        (0xD00, 0xD7F, "Malayalam"),
        (0xD81, 0xDF4, "Sinhala"),
        (0xE01, 0xE5B, "Thai"),
        (0xE81, 0xEDF, "Lao"),
        (0xF00, 0xFDA, "Tibetan"),
        (0x1000, 0x109F, "Burmese"),
        (0x10A0, 0x10FF, "Georgian"),
        (0x1C90, 0x1CBF, "Georgian"),
        (0x1200, 0x139F, "Ethiopic"),
        (0x1780, 0x17F9, "Khmer"),
        (0xAC00, 0xD7A3, "Korean"),
        (0x3041, 0x30FF, "Japanese"),
        (0x3005, 0x3007, "Chinese"),
        (0x3400, 0x4DBF, "Chinese"),
        (0x4E00, 0x9FFF, "Chinese"),
        (0x20000, 0x323AF, "Chinese"),
    ];

    /// <summary>The alphabet of a letter, of a digit that belongs to one, or of a mark; null for anything else.</summary>
    public static string? Of(Rune rune)
    {
        if (!IsLetterLike(rune))
            return null;
        foreach (var (first, last, script) in _ranges)
        {
            if (rune.Value >= first && rune.Value <= last)
                return script;
        }

        return null;
    }

    /// <summary>True when letters of both stand in one name: Japanese and Korean are written with Chinese ones, too.</summary>
    public static bool GoTogether(string one, string other) =>
        one == other || (one, other) is ("Chinese", "Japanese" or "Korean") or ("Japanese" or "Korean", "Chinese");

    private static bool IsLetterLike(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.OtherLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber;
}

using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Accounts;

/// <summary>
/// What people may be called, in the spirit of RFC 8265: letters of one alphabet, digits, and a few signs. Names stand in the audit, in the
/// log and on every page: none may look like another, break a line, or hide what is behind it.
/// </summary>
public static class PersonNames
{
    /// <summary>Most characters of a name.</summary>
    public const int Longest = 64;

    // Between the name that a provider gave and the provider. No local name has it.
    private const string Apart = " · ";
    private const int LongestOfProvider = 48;
    private const int MostMarks = 2;
    private const string Signs = " .-_@+'";

    // What the audit calls those who are no people.
    private static readonly HashSet<string> _reserved =
    [
        "LOCAL",
        "UNKNOWN",
        "ENVIRONMENT",
        "RETENTION",
        "PROVIDER",
        "RENEWAL",
        "APPLIANCE",
        "COMMAND LINE",
        "DEMO",
        "NOBODY",
        "SYSTEM",
    ];

    // Letters of other alphabets that look like Latin ones, in lower case: a name of them alone would look like another person's.
    // Behind them what looks alike within the Latin one.
    private static readonly Dictionary<char, char> _looksLike = Pairs(
        "аa вb еe һh іl јj кk мm нh оo рp сc тt уy хx ѕs ԁd ԛq ԝw ьb " // Cyrillic
            + "αa βb εe ηn ιl κk μu νv οo ρp τt υu χx γy ωw "
            + "il 1l |l 0o ıl"
    );

    private static readonly HashSet<string> _reservedLooks = [.. _reserved.Select(Look)];

    /// <summary>What is wrong with a new name, as a sentence, or null. Blanks around it do not count.</summary>
    public static string? Fault(string name)
    {
        name = name.Trim();
        if (name.Length is 0 or > Longest)
            return $"A user name has 1 to {Longest} characters.";
        string? script = null;
        foreach (var rune in name.EnumerateRunes())
        {
            if (IsUnseen(rune))
                return "A user name has no line breaks, control characters or characters that cannot be seen.";
            if (rune.IsAscii && (char.IsAsciiDigit((char)rune.Value) || Signs.Contains((char)rune.Value, StringComparison.Ordinal)))
                continue;
            if (Scripts.Of(rune) is not { } own)
                return $"A user name has letters, digits, blanks and {string.Join(' ', Signs.Trim().ToCharArray())} only, not \"{rune}\".";
            if (own == Scripts.Marks)
                return "A user name has letters with accents as one character; type it again.";
            if (script is not null && !Scripts.GoTogether(script, own))
                return $"The letters of a user name are of one alphabet: \"{rune}\" is {own}, those before it are {script}.";
            script = own;
        }

        if (Signs.Contains(name[0], StringComparison.Ordinal) || (Signs.Contains(name[^1], StringComparison.Ordinal) && name[^1] != '.'))
            return "A user name begins and ends with a letter or a digit.";
        if (name.Contains("  ", StringComparison.Ordinal))
            return "A user name has no two blanks in a row.";
        return IsReserved(name) ? $"\"{name}\" is what the audit calls something that is no person; choose another user name." : null;
    }

    /// <summary>
    /// What a name looks like: two names that are equal in it can be taken for each other. Without case, with one letter for those that
    /// look alike in many typefaces: i, l, 1 and |, o and 0, rn and m, vv and w.
    /// </summary>
    public static string Look(string name) =>
        string.Concat(name.Trim().ToLowerInvariant().Select(letter => _looksLike.GetValueOrDefault(letter, letter)))
            .Replace("rn", "m", StringComparison.Ordinal)
            .Replace("vv", "w", StringComparison.Ordinal);

    /// <summary>Who has this name, or one that looks like it, as a sentence; null when nobody has.</summary>
    internal static async Task<string?> TakenAsync(ApplianceDbContext db, string name, CancellationToken cancellationToken)
    {
        var look = Look(name);
        var names = await db.Accounts.AsNoTracking().Select(account => account.Name).ToListAsync(cancellationToken);
        return names.FirstOrDefault(other => Look(other) == look) is not { } taken ? null
            : AccountStore.Normalize(taken) == AccountStore.Normalize(name)
                ? $"There is already somebody called {taken}; choose another user name."
            : $"The name looks like {taken}, who is there already; choose another user name.";
    }

    /// <summary>
    /// A text of a provider as it can be shown: in one line, with nothing that cannot be seen, and not too long. Empty when nothing is
    /// left.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        var marks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            marks = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? marks + 1 : 0;
            if (clean.Length >= LongestOfProvider || marks > MostMarks)
                continue;
            var isBlank = Rune.IsWhiteSpace(rune) || rune.Value == Apart[1];
            if (isBlank && clean.Length > 0 && clean[^1] != ' ')
                clean.Append(' ');
            else if (!isBlank && !IsUnseen(rune))
                clean.Append(rune);
        }

        return clean.ToString().Trim();
    }

    /// <summary>
    /// The name of somebody who comes from a provider: <c>ann · Company</c>. What people are called there is theirs to choose; behind the
    /// sign stands what the settings say, so that nobody looks like a local account or like somebody of another provider.
    /// </summary>
    public static string OfProvider(string name, string provider) =>
        $"{(Clean(name) is { Length: > 0 } clean ? clean : "somebody")}{Apart}{Clean(provider)}";

    private static bool IsReserved(string name)
    {
        var upper = name.ToUpperInvariant();
        return _reservedLooks.Contains(Look(name)) || upper.Contains("COMMAND LINE", StringComparison.Ordinal);
    }

    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
        || rune == Rune.ReplacementChar
        || rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x34F or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or 0x2800;

    private static Dictionary<char, char> Pairs(string text) => text.Split(' ').ToDictionary(pair => pair[0], pair => pair[1]);
}

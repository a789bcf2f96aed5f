using System.Text.RegularExpressions;

namespace Appliance.Web.Tests.Guards;

/// <summary>Words that must be read twice, each with a better one; and the spelling of the docs. A new word is a row.</summary>
internal static partial class PlainEnglish
{
    /// <summary>Words to avoid. A space stands for any white space, the rest is a regex.</summary>
    public static readonly (string Word, string Better)[] Words =
    [
        ("(is|are) none", "\"without one\", or say what happens then"),
        ("anew", "again"),
        ("shall", "must, should or will"),
        ("for ever", "without a limit, without end"),
        ("one's own", "your own, or whose it is"),
        ("oneself", "yourself"),
        ("by (itself|themselves)", "automatically, without a setting, or say who does it"),
        ("who must", "say what must be done"),
        ("whoever", "name the person or the program"),
        ("mend(s|ed|ing)?", "fix, correct, repair"),
        ("nothing of", "name what is not there"),
        ("at once", "immediately, or together, or at the same time"),
        ("for want of", "for lack of"),
    ];

    /// <summary>The docs and the console are written in Oxford spelling: colour, licence, and normalize.</summary>
    public static readonly (string Word, string Better)[] Spelling =
    [
        (@"(normal|author|organ|recogn|initial|real|minim|maxim|synchron)is(e|es|ed|ing|ation)", "Oxford spelling: -ize, -ization"),
        ("colors?", "colour"),
        ("behaviors?", "behaviour"),
        ("favor(s|ed|ite)?", "favour"),
        ("(cancel|label)(ed|ing)", "two l: cancelled, labelled"),
        ("gray", "grey"),
    ];

    /// <summary>Every word of the list in a text: its line from 1, the word as it stands there, and the better one.</summary>
    /// <param name="text">Prose; what is code is taken out before.</param>
    /// <param name="words">The list.</param>
    public static IEnumerable<(int Line, string Word, string Better)> Find(string text, IEnumerable<(string Word, string Better)> words) =>
        from row in words
        from match in Regex.Matches(text, $@"\b(?:{row.Word.Replace(" ", @"\s+")})\b", RegexOptions.IgnoreCase)
        select (text[..match.Index].Count(letter => letter == '\n') + 1, Blanks().Replace(match.Value, " "), row.Better);

    /// <summary>A page with blanks in place of what is code: fenced blocks print what programs say. Lines stay where they are.</summary>
    public static string ProseOf(string page) => Code().Replace(page, match => NotALineBreak().Replace(match.Value, " "));

    [GeneratedRegex("^ *```[a-z]*$.*?^ *```$|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("[^\n]")]
    private static partial Regex NotALineBreak();
}

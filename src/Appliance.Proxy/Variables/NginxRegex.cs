using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Compiles the regular expressions of nginx configs (PCRE) with .NET's engine. The linear-time engine is tried first; an expression that
/// needs lookaround, backreferences or atomic groups takes the backtracking one with a time limit. As in nginx they compare bytes: what is
/// not ASCII in a pattern is its UTF-8 bytes, and only A to Z have another case. Texts have one char for each byte.
/// </summary>
public static class NginxRegex
{
    /// <summary>Longest pattern accepted, in characters.</summary>
    public const int MaxLength = 4096;

    private static readonly TimeSpan _matchLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Compiles <paramref name="pattern"/>. On failure the error is a sentence with the 1-based position where it is known.
    /// </summary>
    public static Regex? TryCompile(string pattern, bool ignoreCase, out string? error)
    {
        error = null;
        if (pattern.Length > MaxLength)
        {
            error = $"The regular expression has {pattern.Length} characters; at most {MaxLength} are accepted.";
            return null;
        }

        if (Translate(pattern, ignoreCase, out error) is not { } translated)
            return null;
        var options = RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new(translated, options | RegexOptions.NonBacktracking, Timeout.InfiniteTimeSpan);
        }
        catch (NotSupportedException)
        {
            // Lookaround, backreferences, atomic groups, or too large for the automaton.
        }
        catch (RegexParseException exception)
        {
            error = $"The regular expression is not valid at position {Math.Max(1, exception.Offset)}: {Reason(exception)}.";
            return null;
        }

        try
        {
            return new(translated, options, _matchLimit);
        }
        catch (ArgumentException exception)
        {
            error = $"The regular expression is not valid: {exception.Message}";
            return null;
        }
    }

    /// <summary>True for an expression whose match may take its whole time limit, and not only one step for each byte.</summary>
    public static bool MayBacktrack(Regex regex) => (regex.Options & RegexOptions.NonBacktracking) == 0;

    /// <summary>The first match, or null. Throws <see cref="RegexOutOfTimeException"/> when there is no telling.</summary>
    public static Match? Match(Regex regex, string text)
    {
        try
        {
            var match = regex.Match(text);
            return match.Success ? match : null;
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new RegexOutOfTimeException(regex.ToString(), exception);
        }
    }

    /// <summary>As <see cref="Match"/> without captures.</summary>
    public static bool IsMatch(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new RegexOutOfTimeException(regex.ToString(), exception);
        }
    }

    // "Invalid pattern '(' at offset 1. Not enough )'s." -> the last sentence, which says what.
    private static string Reason(RegexParseException exception)
    {
        var message = exception.Message.TrimEnd('.');
        var at = message.IndexOf(". ", StringComparison.Ordinal);
        return at < 0 ? message : message[(at + 2)..];
    }

    // What PCRE has and .NET spells differently is rewritten; what .NET cannot do is refused with its position.
    private static string? Translate(string pattern, bool ignoreCase, out string? error)
    {
        error = null;
        var text = new StringBuilder(pattern.Length + 16);
        var inClass = false;
        var open = new Stack<bool>();
        for (var at = 0; at < pattern.Length; at++)
        {
            var rest = pattern.AsSpan(at);
            switch (pattern[at])
            {
                case > '\x7f' or '\\' when HighBytes(rest, out var taken) is { } bytes:
                    foreach (var code in bytes)
                        text.Append(ignoreCase && !inClass ? $"(?-i:\\x{code:X2})" : $"\\x{code:X2}");
                    at += taken - 1;
                    break;
                case '\\' when rest.Length > 1:
                    if (Escape(rest[1], inClass) is not { } escaped)
                    {
                        error =
                            $"The regular expression uses \\{rest[1]} at position {at + 1}, which is not supported here; write it without.";
                        return null;
                    }

                    text.Append(escaped);
                    at++;
                    break;
                case '[' when inClass && rest.StartsWith("[:"):
                    var end = rest.IndexOf(":]", StringComparison.Ordinal);
                    if (end < 0 || Posix(rest[2..end]) is not { } posix)
                    {
                        error = $"The regular expression has an unknown POSIX class at position {at + 1}.";
                        return null;
                    }

                    text.Append(posix);
                    at += end + 1;
                    break;
                case '[' when inClass:
                    // .NET reads "[a-[b]]" as subtraction; in PCRE an inner bracket is a plain character.
                    text.Append("\\[");
                    break;
                case '[':
                    inClass = true;
                    text.Append('[');
                    if (rest.StartsWith("[^"))
                    {
                        text.Append('^');
                        at++;
                    }

                    if (at + 1 < pattern.Length && pattern[at + 1] == ']')
                    {
                        text.Append("\\]");
                        at++;
                    }

                    break;
                case ']' when inClass:
                    inClass = false;
                    text.Append(']');
                    break;
                case '('
                    when !inClass
                        && (
                            rest.StartsWith("(?R")
                            || rest.StartsWith("(?&")
                            || rest.StartsWith("(?P>")
                            || (rest.Length > 2 && rest[1] == '?' && char.IsAsciiDigit(rest[2]))
                        ):
                    error = $"The regular expression recurses at position {at + 1}, which is not supported here.";
                    return null;
                case '(' when !inClass:
                    // PCRE numbers named groups with the others, .NET after them: a group without a name inside keeps PCRE's number.
                    var name = NameOf(rest);
                    open.Push(!name.IsEmpty);
                    text.Append(name.IsEmpty ? "(" : $"(?<{name}>(");
                    at += name.IsEmpty ? 0 : rest.IndexOf(name, StringComparison.Ordinal) + name.Length;
                    break;
                case ')' when !inClass:
                    text.Append(open.TryPop(out var named) && named ? "))" : ")");
                    break;
                case '+' when !inClass && at > 0 && pattern[at - 1] is '*' or '+' or '?' or '}' && !Escaped(pattern, at - 1):
                    error =
                        $"The regular expression has a possessive quantifier at position {at + 1}, which is not supported here; leave "
                        + "the extra + out.";
                    return null;
                case '$' when !inClass:
                    // PCRE's $ also matches before a final line feed, and so does .NET's: the same.
                    text.Append('$');
                    break;
                default:
                    text.Append(pattern[at]);
                    break;
            }
        }

        return text.ToString();
    }

    // (?<name>, (?P<name> and (?'name'; not (?<= and (?<!. Empty: a group without a name.
    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> group)
    {
        var start =
            group.StartsWith("(?P<") ? 4
            : group.StartsWith("(?<") || group.StartsWith("(?'") ? 3
            : 0;
        var length = start == 0 ? 0 : group[start..].IndexOf(group[start - 1] == '<' ? '>' : '\'');
        return length > 0 && group[start] is not ('=' or '!') ? group.Slice(start, length) : [];
    }

    // The bytes of the letter that begins here and is not ASCII, also behind a backslash or as \xE9; null for everything else.
    private static byte[]? HighBytes(ReadOnlySpan<char> rest, out int taken)
    {
        var slash = rest[0] == '\\' ? 1 : 0;
        taken = slash;
        if (
            slash == 1
            && rest.Length >= 4
            && rest[1] == 'x'
            && byte.TryParse(rest.Slice(2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
        )
        {
            taken = 4;
            return code > 0x7f ? [code] : null;
        }

        if (rest.Length <= slash || rest[slash] <= '\x7f')
            return null;
        Rune.DecodeFromUtf16(rest[slash..], out var letter, out var chars);
        taken += chars;
        return Encoding.UTF8.GetBytes(letter.ToString());
    }

    private static bool Escaped(string pattern, int at)
    {
        var slashes = 0;
        for (var before = at - 1; before >= 0 && pattern[before] == '\\'; before--)
            slashes++;
        return slashes % 2 == 1;
    }

    // PCRE's \d \w \s are ASCII unless UCP is on, and nginx does not turn it on.
    private static string? Escape(char what, bool inClass) =>
        (what, inClass) switch
        {
            ('d', false) => "[0-9]",
            ('d', true) => "0-9",
            ('D', false) => "[^0-9]",
            ('w', false) => "[a-zA-Z0-9_]",
            ('w', true) => "a-zA-Z0-9_",
            ('W', false) => "[^a-zA-Z0-9_]",
            ('s', false) => "[ \\t\\n\\r\\f\\v]",
            ('s', true) => " \\t\\n\\r\\f\\v",
            ('S', false) => "[^ \\t\\n\\r\\f\\v]",
            // .NET's own would leave out what is a digit, a letter or a space in Unicode: texts have bytes.
            ('D', true) => @"\x00-/:-\xFF",
            ('W', true) => @"\x00-/:-@\[-^`{-\xFF",
            ('S', true) => @"\x00-\x08\x0E-\x1F!-\xFF",
            ('h', false) => "[ \\t]",
            ('h', true) => " \\t",
            ('K' or 'R' or 'X' or 'C' or 'Q' or 'E' or 'g' or 'G', _) => null,
            ('/', _) => "/",
            _ => "\\" + what,
        };

    private static string? Posix(ReadOnlySpan<char> name) =>
        name switch
        {
            "alpha" => "a-zA-Z",
            "digit" => "0-9",
            "alnum" => "a-zA-Z0-9",
            "upper" => "A-Z",
            "lower" => "a-z",
            "space" => " \\t\\n\\r\\f\\v",
            "blank" => " \\t",
            "xdigit" => "0-9A-Fa-f",
            "word" => "a-zA-Z0-9_",
            "punct" => "!-/:-@\\[-`{-~",
            _ => null,
        };
}

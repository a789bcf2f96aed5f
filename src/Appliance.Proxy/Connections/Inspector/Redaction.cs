using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>Blacks out what must not be seen, before anything is kept.</summary>
public sealed class Redaction
{
    /// <summary>What stands in the place of what was there.</summary>
    public const string Mark = "•••";

    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(250);

    // Credentials with their scheme, whole cookie and authorization lines, the value behind a telling name in JSON, in forms and in
    // headers, and signed tokens wherever they stand.
    private static readonly ImmutableArray<Regex> _standard =
    [
        Compile(@"(?i)(?<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"),
        Compile(@"(?im)(?<keep>^\s*(?:(?:set-)?cookie2?|(?:proxy-)?authori[sz]ation)\s*:\s*)[^\r\n]+"),
        Compile(
            """(?i)(?<keep>(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|authori[sz]ation|cookie|credential|session[_-]?id|\bpin\b|\bcvc\b|\bcvv\b)[\w-]*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\[(?:"(?:[^"\\]|\\.)*"?|[^"\]])*\]?|\{(?:"(?:[^"\\]|\\.)*"?|[^"}])*\}?|[^ \t\r\n,;&}\]]+)"""
        ),
        Compile(@"\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?"),
    ];

    private readonly ImmutableArray<Regex> _own;

    private Redaction(ImmutableArray<Regex> own) => _own = own;

    /// <summary>What is blacked out always, in words.</summary>
    public static string Standard =>
        "values of passwords, secrets, tokens, keys, cookies and authorization; bearer and basic credentials; JSON web tokens";

    /// <summary>With further expressions; or null and what is wrong with one.</summary>
    public static (Redaction? Redaction, string? Fault) Of(IEnumerable<string> expressions)
    {
        var own = ImmutableArray.CreateBuilder<Regex>();
        foreach (var expression in expressions)
        {
            try
            {
                own.Add(Compile(expression));
            }
            catch (ArgumentException wrong)
            {
                return (null, $"\"{expression}\" is not a regular expression: {wrong.Message}");
            }
        }

        return (new Redaction(own.ToImmutable()), null);
    }

    /// <summary>The text without what must not be seen; null when that cannot be found out in time.</summary>
    public string? Apply(string text)
    {
        try
        {
            foreach (var standard in _standard)
                text = standard.Replace(text, static match => match.Groups["keep"].Value + Mark);
            foreach (var own in _own)
                text = own.Replace(text, Mark);
            return text;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private static Regex Compile(string pattern) => new(pattern, RegexOptions.CultureInvariant, _patience);
}

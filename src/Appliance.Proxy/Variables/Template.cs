using System.Text;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Text with variables (<c>$name</c>, <c>${name}</c>), compiled once to segments. Immutable. As in nginx, a <c>$</c> that no name follows
/// is an error; <c>$$</c> is not special there and is ours for a literal dollar sign.
/// </summary>
public sealed class Template
{
    private readonly Segment[] _segments;

    private Template(Segment[] segments) => _segments = segments;

    /// <summary>Variables it reads, without <c>$</c>, in order of appearance.</summary>
    public IEnumerable<string> Variables => _segments.Where(segment => segment.Read is not null).Select(segment => segment.Text);

    /// <summary>Its pieces: text, one char for each byte, or a variable's name with what reads it.</summary>
    internal IEnumerable<(string Text, Func<RequestFacts, string>? Read)> Parts =>
        _segments.Select(segment => (segment.Text, segment.Read));

    /// <summary>Compiles <paramref name="text"/>; on failure the error says what and at which position.</summary>
    public static TemplateParse Parse(string text, VariableNames names)
    {
        var found = new List<Segment>();
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; )
        {
            if (text[at] != '$')
            {
                literal.Append(text[at++]);
                continue;
            }

            if (at + 1 < text.Length && text[at + 1] == '$')
            {
                literal.Append('$');
                at += 2;
                continue;
            }

            var start = at++;
            var braces = at < text.Length && text[at] == '{';
            if (braces)
                at++;
            var nameStart = at;
            while (at < text.Length && IsNamePart(text[at], at == nameStart, text[nameStart]))
                at++;
            var name = text[nameStart..at].ToLowerInvariant();
            if (braces && (at == text.Length || text[at++] != '}'))
                return Bad($"The variable that starts at position {start + 1} has no closing brace.");
            if (name.Length == 0)
                return Bad($"A variable name is missing behind the $ at position {start + 1}; write $$ for a dollar sign.");
            if (VariableTable.Find(name, names) is not { } read)
                return new(
                    null,
                    "unknown_variable",
                    $"Variable ${name} at position {start + 1} does not exist.{VariableTable.Hint(name, names)}"
                );
            if (literal.Length > 0)
                found.Add(new(HeaderText.FromConfig(literal.ToString()), null));
            literal.Clear();
            found.Add(new(name, read));
        }

        if (literal.Length > 0)
            found.Add(new(HeaderText.FromConfig(literal.ToString()), null));
        return new(new([.. found]), null, null);
    }

    /// <summary>
    /// The text for this request, one char for each byte: what was typed as UTF-8, what the client sent as it came. Missing headers,
    /// arguments and cookies are empty. Allocates nothing for a constant or one variable.
    /// </summary>
    public string Render(RequestFacts facts)
    {
        switch (_segments)
        {
            case []:
                return "";
            case [var only]:
                return only.Value(facts);
            case [var first, var second]:
                return string.Concat(first.Value(facts), second.Value(facts));
            default:
                var text = new StringBuilder();
                foreach (var segment in _segments)
                    text.Append(segment.Value(facts));
                return text.ToString();
        }
    }

    /// <summary>
    /// As <see cref="Render"/>, piece by piece: text of the config, and values of variables, which may come from the client.
    /// </summary>
    public IEnumerable<(string Text, bool IsVariable)> Pieces(RequestFacts facts) =>
        _segments.Select(segment => (segment.Value(facts), segment.Read is not null));

    private static TemplateParse Bad(string error) => new(null, "bad_template", error);

    // Positional captures are one digit: "$10" is $1 and a zero, as in nginx.
    private static bool IsNamePart(char character, bool first, char head) =>
        first
            ? char.IsAsciiLetterOrDigit(character) || character == '_'
            : !char.IsAsciiDigit(head) && (char.IsAsciiLetterOrDigit(character) || character == '_');

    private readonly record struct Segment(string Text, Func<RequestFacts, string>? Read)
    {
        public string Value(RequestFacts facts) => Read is null ? Text : Read(facts);
    }
}

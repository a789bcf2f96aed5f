using System.Text;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>
/// The upstream path of a regex route: the whole path that a server is asked for, with captures of the regexes in it (nginx: proxy_pass
/// with $1). Captures are taken from the normalised path and escaped again, so that no client adds a query, a blank or a line by them;
/// nginx sends them as they are.
/// </summary>
internal sealed class UpstreamPathTemplate
{
    private readonly Template _template;

    private UpstreamPathTemplate(Template template) => _template = template;

    /// <summary>Compiles <paramref name="text"/>; the fault is a code and a sentence. Only captures may stand in it.</summary>
    /// <param name="text">Begins with a slash.</param>
    /// <param name="scope">The captures of the route's regexes. Its maps do not count.</param>
    public static (UpstreamPathTemplate? Template, (string Code, string Message)? Fault) Parse(string text, VariableNames scope)
    {
        var parsed = Template.Parse(text, scope with { Maps = [] });
        if (parsed.Template is not { } template)
            return (null, (parsed.Code!, parsed.Error!)); // no template means an error
        var other = template.Variables.FirstOrDefault(name => !char.IsAsciiDigit(name[0]) && !scope.Captures.Contains(name));
        return other is null
            ? (new(template), null)
            : (
                null,
                (
                    "not_a_capture",
                    $"${other} cannot stand in an upstream path; it takes captures of the route's regex, as $1. The query is "
                        + "appended automatically."
                )
            );
    }

    /// <summary>
    /// The target for this request, query and all, in ASCII. Null when a capture makes a dot segment of it, which a server could read as a
    /// way up.
    /// </summary>
    public string? Render(RequestFacts facts)
    {
        var text = new StringBuilder();
        foreach (var (piece, isVariable) in _template.Pieces(facts))
        {
            // A capture that begins with a slash, behind a slash: one stands there, as everywhere in a normalised path.
            var value = text.Length > 0 && text[^1] == '/' && piece.StartsWith('/') ? piece.TrimStart('/') : piece;
            text.Append(isVariable ? RequestPath.Target(value) : value);
        }

        if (RawRest.HasDotSegment(text.ToString()))
            return null;
        if (facts.Path.Query.Length > 0)
            text.Append('?').Append(facts.Path.Query);
        return RequestPath.Escaped(text.ToString());
    }
}

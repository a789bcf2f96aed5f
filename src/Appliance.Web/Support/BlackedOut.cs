using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Appliance.Web.Support;

/// <summary>
/// A config document for strangers: every text that may hold a secret is blacked out (values of header rules and conditions, patterns,
/// values and defaults of maps, bodies, what stands behind ? in an address). Names, hosts, paths and addresses stay, and so do values that
/// are made of variables and of words of the protocol alone.
/// </summary>
internal static partial class BlackedOut
{
    private const string Mark = "\u2022\u2022\u2022";

    private static readonly HashSet<string> _secretive = new(StringComparer.Ordinal) { "value", "pattern", "default", "body" };

    private static readonly HashSet<string> _conditions = new(StringComparer.Ordinal) { "headerConditions", "queryConditions" };

    private static readonly HashSet<string> _addresses = new(StringComparer.Ordinal) { "location", "upstreamPath", "address" };

    /// <summary>The document, blacked out.</summary>
    public static string Of(string document)
    {
        var root = JsonNode.Parse(document) ?? throw new ArgumentException("The document is empty.", nameof(document));
        Walk(root, "");
        return root.ToJsonString(new() { WriteIndented = true });
    }

    private static void Walk(JsonNode node, string member)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                if (item is not null)
                    Walk(item, member);
        }
        else if (node is JsonObject members)
        {
            foreach (var (name, below) in members.ToList())
            {
                if (below is JsonValue value && value.TryGetValue<string>(out var text))
                    members[name] = Shown(name, text, isTemplate: name != "pattern" && !_conditions.Contains(member));
                else if (below is not null)
                    Walk(below, name);
            }
        }
    }

    // What is compared with a client's text is no template: a $ in it is a letter.
    private static string Shown(string name, string text, bool isTemplate)
    {
        if (_secretive.Contains(name))
            return Harmless().IsMatch(text) && (isTemplate || !text.Contains('$', StringComparison.Ordinal))
                ? text
                : $"{Mark} ({text.Length} characters)";
        if (!_addresses.Contains(name))
            return text;
        var query = text.IndexOf('?', StringComparison.Ordinal);
        var shown = query < 0 ? text : text[..(query + 1)] + Mark;
        return Credentials().Replace(shown, "$1" + Mark + "@");
    }

    // Variables, signs between them, and words of HTTP that everybody's config has.
    [GeneratedRegex(
        """
            ^(?>\$\{?[a-z_0-9]+\}?
             |[\ ,;:/.\-"'~^()*+?|\\]
             |(?:upgrade|close|keep-alive|websocket|https?|wss?|on|off|true|false
                |nosniff|deny|sameorigin|no-store|no-cache|no-referrer)(?![a-z0-9])
            )*$
            """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex Harmless();

    [GeneratedRegex("^([^/]*//)[^/]*@")]
    private static partial Regex Credentials();
}

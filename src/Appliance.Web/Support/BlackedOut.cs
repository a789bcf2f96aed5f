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

    private static readonly HashSet<string> _addresses = new(StringComparer.Ordinal) { "location", "upstreamPath", "address" };

    /// <summary>The document, blacked out.</summary>
    public static string Of(string document)
    {
        var root = JsonNode.Parse(document) ?? throw new ArgumentException("The document is empty.", nameof(document));
        Walk(root);
        return root.ToJsonString(new() { WriteIndented = true });
    }

    private static void Walk(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                if (item is not null)
                    Walk(item);
        }
        else if (node is JsonObject members)
        {
            foreach (var (name, member) in members.ToList())
            {
                if (member is JsonValue value && value.TryGetValue<string>(out var text))
                    members[name] = Shown(name, text);
                else if (member is not null)
                    Walk(member);
            }
        }
    }

    private static string Shown(string name, string text)
    {
        if (_secretive.Contains(name))
            return Harmless().IsMatch(text) ? text : $"{Mark} ({text.Length} characters)";
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

    [GeneratedRegex("^([a-z0-9]+://)[^/@]*@", RegexOptions.IgnoreCase)]
    private static partial Regex Credentials();
}

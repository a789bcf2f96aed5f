using System.Collections.Immutable;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Config;

/// <summary>One example of a config in README or <c>docs/</c>, as a whole document.</summary>
/// <param name="Place">The page and the line, or the file.</param>
/// <param name="Document">The text, put into the place that its page speaks of.</param>
internal sealed record DocExample(string Place, string Document)
{
    private const string Action = """ "name": "r", "action": { "kind": "respond" } """;

    // What an item, or a member of one, stands in. A page with a new example gets its line.
    private static readonly ImmutableDictionary<string, (string Item, string Member)> _places = new Dictionary<string, (string, string)>
    {
        ["README.md"] = ("", """{ "upstreamPools": [ { "name": "p", "servers": [ { MEMBER } ] } ] }"""),
        ["docs/config.md"] = ("ITEM", ""),
        ["docs/features/header-maps.md"] = ("""{ "headerMaps": [ ITEM ] }""", ""),
        ["docs/features/tls-policies.md"] = (
            """{ "tlsPolicies": [ ITEM ] }""",
            """{ "tlsPolicies": [ { "name": "p", "hosts": [ "a" ], MEMBER } ] }"""
        ),
        ["docs/operations/access-log.md"] = ("", $$"""{ "routes": [ {{{Action}}, MEMBER } ] }"""),
        ["docs/features/websockets.md"] = ("", $$"""{ "routes": [ {{{Action}}, MEMBER } ] }"""),
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DocExample> All { get; } = [.. Files(), .. Blocks(), .. Members()];

    private static IEnumerable<DocExample> Files() =>
        Directory
            .GetFiles(Path.Combine(Repository.Root, "docs", "examples"), "*.json")
            .Order(StringComparer.Ordinal)
            .Select(file => new DocExample(Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file)));

    private static IEnumerable<DocExample> Blocks() =>
        DocPages
            .Blocks()
            .Where(block => block.Language is "json" or "jsonc")
            .Select(block => new DocExample(
                block.ToString(),
                Put(block.Page, places => places.Item, "ITEM", block.Text.Replace("[ ... ]", "[ ]"))
            ));

    // "member": value within a sentence or a table.
    private static IEnumerable<DocExample> Members() =>
        DocPages
            .InlineCode()
            .Where(one => one.Code.StartsWith('"') && one.Code.Contains("\": "))
            .Select(one => new DocExample($"{one.Page}:{one.Line} {one.Code}", Put(one.Page, places => places.Member, "MEMBER", one.Code)));

    private static string Put(string page, Func<(string Item, string Member), string> which, string word, string text)
    {
        var place = _places.TryGetValue(page, out var places) ? which(places) : "";
        return place.Contains(word)
            ? place.Replace(word, text)
            : throw new InvalidOperationException($"Where does the example of {page} stand? {text}");
    }
}

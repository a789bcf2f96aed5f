using System.Collections.Immutable;
using System.Text;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;

namespace Appliance.Proxy.Config;

/// <summary>
/// Text of a config that people read in lists, in the audit and on a terminal holds nothing that breaks the line, is not seen, or turns
/// other text around: a tag or a condition must not look like another.
/// </summary>
internal static class VisibleFields
{
    /// <summary>Checks one item, whose kind is called <paramref name="kind"/> in the document.</summary>
    public static void Check(ConfigItem item, string kind, ProblemList problems)
    {
        var path = $"{kind}/{item.Name}";
        for (var at = 0; at < item.Tags.Length; at++)
            Check(item.Tags[at], $"{path}/tags/{at}", problems);
        if (item is Route route)
        {
            Check(route.HeaderConditions, $"{path}/headerConditions", problems);
            Check(route.QueryConditions, $"{path}/queryConditions", problems);
            Check(route.RequestHeaders, $"{path}/requestHeaders", problems);
            Check(route.ResponseHeaders, $"{path}/responseHeaders", problems);
        }
        else if (item is HeaderMap map)
        {
            Check(map.Source, $"{path}/source", problems);
            Check(map.Default, $"{path}/default", problems);
            for (var at = 0; at < map.Rows.Length; at++)
            {
                Check(map.Rows[at].Pattern, $"{path}/rows/{at}/pattern", problems);
                Check(map.Rows[at].Value, $"{path}/rows/{at}/value", problems);
            }
        }
    }

    private static void Check(ImmutableArray<ValueCondition> conditions, string path, ProblemList problems)
    {
        for (var at = 0; at < conditions.Length; at++)
        {
            Check(conditions[at].Name, $"{path}/{at}/name", problems);
            Check(conditions[at].Value, $"{path}/{at}/value", problems);
        }
    }

    // Their names are tokens, and a line break in a value has a code of its own.
    private static void Check(ImmutableArray<HeaderRule> rules, string path, ProblemList problems)
    {
        for (var at = 0; at < rules.Length; at++)
        {
            if (!rules[at].Value.AsSpan().ContainsAny('\r', '\n', '\0'))
                Check(rules[at].Value, $"{path}/{at}/value", problems);
        }
    }

    // A tab is seen, as a blank, and stands in header values (RFC 9110, 5.5).
    private static void Check(string text, string path, ProblemList problems)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t' || !VisibleText.IsUnsafe(rune))
                continue;
            var what = Rune.IsControl(rune) ? "a control character" : "a character that cannot be seen or turns text around";
            problems.Error(path, "hidden_text", $"There is {what} in it (U+{rune.Value:X4}); take it out.");
            return;
        }
    }
}

using System.Collections.Immutable;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.HeaderMaps;

/// <summary>Checks each map alone, and all maps together for cycles.</summary>
internal static class HeaderMapRules
{
    public static void Check(HeaderMap map, VariableNames maps, ProblemList problems)
    {
        var path = $"headerMaps/{map.Name}";
        var name = CompiledHeaderMaps.VariableOf(map);
        if (
            !map.Name.StartsWith('$')
            || name.Length is 0 or > ItemNames.MaxLength
            || char.IsAsciiDigit(name[0])
            || !name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
        )
            problems.Error(
                $"{path}/name",
                "bad_name",
                "A map is named like the variable it makes: $ and letters, digits or underscores, as $connection_upgrade."
            );
        else if (VariableTable.IsBuiltIn(name))
            problems.Error($"{path}/name", "built_in_variable", $"${name} is a variable of the proxy itself; choose another name.");
        HeaderRuleRules.CheckTemplate(map.Source, $"{path}/source", maps, problems, ofAnswer: true);
        HeaderRuleRules.CheckTemplate(map.Default, $"{path}/default", maps, problems, ofAnswer: true);
        if (map.Source.Length == 0)
            problems.Error($"{path}/source", "no_source", "A map needs a source, as $http_upgrade.");
        var seen = new HashSet<(HeaderMapRowKind, string)>();
        for (var index = 0; index < map.Rows.Length; index++)
            CheckRow(map.Rows[index], $"{path}/rows/{index}", index, maps, seen, problems);
        VisibleFields.Check(map.Source, $"{path}/source", problems);
        VisibleFields.Check(map.Default, $"{path}/default", problems);
        for (var index = 0; index < map.Rows.Length; index++)
        {
            VisibleFields.Check(map.Rows[index].Pattern, $"{path}/rows/{index}/pattern", problems);
            VisibleFields.Check(map.Rows[index].Value, $"{path}/rows/{index}/value", problems);
        }
    }

    public static void CheckCycles(ImmutableArray<HeaderMap> maps, VariableNames scope, ProblemList problems)
    {
        var compiled = new List<CompiledHeaderMap>();
        foreach (var map in maps)
        {
            try
            {
                compiled.Add(CompiledHeaderMap.Compile(map, scope));
            }
            catch (FormatException)
            {
                // Its own check says why.
            }
        }

        var (cycles, tooLong) = MapCycles.Look(compiled);
        foreach (var map in tooLong)
            problems.Error(
                $"headerMaps/{map.Map.Name}",
                "map_too_deep",
                $"{map.Map.Name} reads a map that reads a map, and so on, more than {MapCycles.LongestChain} in a row; shorten the chain."
            );
        foreach (var map in cycles)
            problems.Error(
                $"headerMaps/{map.Map.Name}",
                "map_cycle",
                $"{map.Map.Name} feeds itself, directly or through other maps; take one of them out of the circle."
            );
    }

    private static void CheckRow(
        HeaderMapRow row,
        string path,
        int index,
        VariableNames maps,
        HashSet<(HeaderMapRowKind, string)> seen,
        ProblemList problems
    )
    {
        var places = Places(row).ToArray();
        var isTwice = places.Count(seen.Add) < places.Length;
        if (isTwice && row.Kind is HeaderMapRowKind.Regex or HeaderMapRowKind.RegexIgnoreCase)
            problems.Warning(
                $"{path}/pattern",
                "duplicate_row",
                $"Row {index + 1}: the regex \"{row.Pattern}\" stands in an earlier row, which wins; this row can be removed."
            );
        else if (isTwice)
            problems.Error(
                $"{path}/pattern",
                "duplicate_row",
                $"Row {index + 1}: conflicting parameter \"{row.Pattern}\"; it stands in the map twice."
            );
        var scope = maps;
        switch (row.Kind)
        {
            case HeaderMapRowKind.Mask when !IsMask(row.Pattern):
                problems.Error(
                    $"{path}/pattern",
                    "bad_mask",
                    $"Row {index + 1}: invalid hostname or wildcard \"{row.Pattern}\"; a mask is *.example.com, .example.com or mail.*."
                );
                break;
            case HeaderMapRowKind.Regex or HeaderMapRowKind.RegexIgnoreCase:
                if (NginxRegex.TryCompile(row.Pattern, row.Kind == HeaderMapRowKind.RegexIgnoreCase, out var error) is { } regex)
                    scope = maps with { Captures = CompiledHeaderMap.Captures(regex), PositionalCaptures = 9 };
                else
                    problems.Error($"{path}/pattern", "bad_regex", $"Row {index + 1}: {error}");
                break;
        }

        HeaderRuleRules.CheckTemplate(row.Value, $"{path}/value", scope, problems, ofAnswer: true);
    }

    // What no second row may say. A mask .example.com is example.com and *.example.com, whichever row came first: nginx refuses such a
    // pair, too.
    private static IEnumerable<(HeaderMapRowKind, string)> Places(HeaderMapRow row)
    {
        var pattern = row.Kind is HeaderMapRowKind.Exact or HeaderMapRowKind.Mask ? BytesText.Lower(row.Pattern) : row.Pattern;
        return row.Kind == HeaderMapRowKind.Mask && pattern.StartsWith('.')
            ? [(HeaderMapRowKind.Exact, pattern[1..]), (HeaderMapRowKind.Mask, "*" + pattern)]
            : [(row.Kind, pattern)];
    }

    private static bool IsMask(string mask)
    {
        var name =
            mask.StartsWith("*.", StringComparison.Ordinal) ? mask[2..]
            : mask.StartsWith('.') ? mask[1..]
            : mask.EndsWith(".*", StringComparison.Ordinal) ? mask[..^2]
            : "";
        return name.Length > 0 && !name.Contains('*', StringComparison.Ordinal) && !name.StartsWith('.') && !name.EndsWith('.');
    }
}

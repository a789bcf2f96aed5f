using System.Text.RegularExpressions;
using Appliance.Proxy.Variables;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Routing;

/// <summary>A route's conditions on headers and query arguments, with regexes compiled. Immutable.</summary>
internal sealed class CompiledConditions
{
    private readonly (ValueCondition Condition, Regex? Regex)[] headers;
    private readonly (ValueCondition Condition, Regex? Regex)[] query;

    private CompiledConditions((ValueCondition, Regex?)[] headers, (ValueCondition, Regex?)[] query) => (this.headers, this.query) = (headers, query);

    public static CompiledConditions None { get; } = new([], []);

    public static CompiledConditions Compile(Route route) =>
        route.HeaderConditions.IsEmpty && route.QueryConditions.IsEmpty
            ? None
            : new([.. route.HeaderConditions.Select(Compiled)], [.. route.QueryConditions.Select(Compiled)]);

    public bool Hold(RequestFacts facts)
    {
        foreach (var (condition, regex) in headers)
        {
            if (!Holds(condition, regex, facts.Headers[condition.Name]))
                return false;
        }

        foreach (var (condition, regex) in query)
        {
            var raw = facts.Path.Argument(condition.Name, StringComparison.Ordinal);
            if (!Holds(condition, regex, raw is null ? StringValues.Empty : Decoded(raw)))
                return false;
        }

        return true;
    }

    private static string Decoded(string raw) => raw.AsSpan().ContainsAny('%', '+') ? Uri.UnescapeDataString(raw.Replace('+', ' ')) : raw;

    private static (ValueCondition, Regex?) Compiled(ValueCondition condition) => condition.Kind != ConditionKind.Regex
        ? (condition, null)
        : (condition, NginxRegex.TryCompile(condition.Value, condition.IgnoreCase, out var error) ?? throw new FormatException(error));

    // Any of several lines may satisfy a condition; only absence speaks of all of them.
    private static bool Holds(ValueCondition condition, Regex? regex, StringValues values)
    {
        if (condition.Kind == ConditionKind.Absent)
            return values.Count == 0;
        var comparison = condition.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        foreach (var one in values)
        {
            var value = one ?? "";
            var holds = condition.Kind switch
            {
                ConditionKind.Exists => true,
                ConditionKind.Exact => value.Equals(condition.Value, comparison),
                ConditionKind.Prefix => value.StartsWith(condition.Value, comparison),
                ConditionKind.Contains => value.Contains(condition.Value, comparison),
                ConditionKind.Regex => NginxRegex.IsMatch(regex!, value), // compiled for this kind
                _ => false,
            };
            if (holds)
                return true;
        }

        return false;
    }
}

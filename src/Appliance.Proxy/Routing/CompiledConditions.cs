using System.Text.RegularExpressions;
using Appliance.Proxy.Variables;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Routing;

/// <summary>A route's conditions on headers and query arguments, with regexes compiled. Immutable.</summary>
internal sealed class CompiledConditions
{
    private readonly (ValueCondition Condition, Regex? Regex)[] _headers;
    private readonly (ValueCondition Condition, Regex? Regex)[] _query;

    private CompiledConditions((ValueCondition, Regex?)[] headers, (ValueCondition, Regex?)[] query) =>
        (_headers, _query) = (headers, query);

    /// <summary>True when one may take long (<see cref="NginxRegex.MayBacktrack"/>).</summary>
    public bool MayBacktrack => _headers.Concat(_query).Any(condition => condition.Regex is { } regex && NginxRegex.MayBacktrack(regex));

    public static CompiledConditions None { get; } = new([], []);

    public static CompiledConditions Compile(Route route) =>
        route.HeaderConditions.IsEmpty && route.QueryConditions.IsEmpty
            ? None
            : new([.. route.HeaderConditions.Select(Compiled)], [.. route.QueryConditions.Select(Compiled)]);

    public bool Hold(RequestFacts facts)
    {
        foreach (var (condition, regex) in _headers)
        {
            if (!Holds(condition, regex, facts.Headers[condition.Name]))
                return false;
        }

        foreach (var (condition, regex) in _query)
        {
            if (!Holds(condition, regex, Argument(facts.Path.Query, condition.Name) is { } argument ? argument : StringValues.Empty))
                return false;
        }

        return true;
    }

    // The first argument of that name, both decoded: what the server behind will read.
    private static string? Argument(string query, string name)
    {
        foreach (var range in query.AsSpan().Split('&'))
        {
            var pair = query.AsSpan()[range];
            var equals = pair.IndexOf('=');
            var key = equals < 0 ? pair : pair[..equals];
            if (key.ContainsAny('%', '+') ? BytesText.Unescaped(key) == name : key.SequenceEqual(name))
                return equals < 0 ? "" : BytesText.Unescaped(pair[(equals + 1)..]);
        }

        return null;
    }

    // What is compared is bytes, ignoring the case of A to Z where it says so.
    private static (ValueCondition, Regex?) Compiled(ValueCondition condition) =>
        condition.Kind != ConditionKind.Regex
            ? (
                condition with
                {
                    Name = HeaderText.FromConfig(condition.Name),
                    Value = Key(HeaderText.FromConfig(condition.Value), condition),
                },
                null
            )
            : (
                condition with
                {
                    Name = HeaderText.FromConfig(condition.Name),
                },
                NginxRegex.TryCompile(condition.Value, condition.IgnoreCase, out var error) ?? throw new FormatException(error)
            );

    // Any of several lines may satisfy a condition; only absence speaks of all of them.
    private static bool Holds(ValueCondition condition, Regex? regex, StringValues values)
    {
        if (condition.Kind == ConditionKind.Absent)
            return values.Count == 0;
        foreach (var sent in values)
        {
            var value = Key(sent ?? "", condition);
            var holds = condition.Kind switch
            {
                ConditionKind.Exists => true,
                ConditionKind.Exact => value.Equals(condition.Value, StringComparison.Ordinal),
                ConditionKind.Prefix => value.StartsWith(condition.Value, StringComparison.Ordinal),
                ConditionKind.Contains => value.Contains(condition.Value, StringComparison.Ordinal),
                ConditionKind.Regex => IsMatch(condition, regex!, value), // compiled for this kind
                _ => false,
            };
            if (holds)
                return true;
        }

        return false;
    }

    private static bool IsMatch(ValueCondition condition, Regex regex, string value)
    {
        try
        {
            return NginxRegex.IsMatch(regex, value);
        }
        catch (RegexOutOfTimeException slow)
        {
            slow.StandsIn($"condition on {HeaderText.Shown(condition.Name)}", condition.Value, []);
            throw;
        }
    }

    // A regex ignores case itself.
    private static string Key(string bytes, ValueCondition condition) =>
        condition.IgnoreCase && condition.Kind != ConditionKind.Regex ? BytesText.Lower(bytes) : bytes;
}

using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Config;

/// <summary>The only maker of a <see cref="ValidConfig"/>. Thread-safe. <paramref name="destinations"/> says where no server may be; null: anywhere. By <paramref name="time"/> (default: the system's) it says what has expired.</summary>
public sealed class ConfigValidator(Destinations? destinations = null, TimeProvider? time = null)
{
    // Results by item reference: an edit of one route among ten thousand checks one route. The names of maps in scope are part of the key.
    private readonly ConditionalWeakTable<ConfigItem, Checked> known = [];

    /// <summary>
    /// Checks <paramref name="next"/> whole. Problems that <paramref name="head"/> already has do not refuse it. Items with the same reference as in head are
    /// not checked again.
    /// </summary>
    public ConfigCheck Check(ProxyConfig head, ProxyConfig next)
    {
        var found = CheckAll(next);
        var warnings = found.Where(problem => problem.Severity == ProblemSeverity.Warning).ToList();
        var errors = found.Where(problem => problem.Severity == ProblemSeverity.Error).ToList();
        if (errors.Count == 0)
            return new(new(next), [], [], warnings);
        var before = ReferenceEquals(head, next) ? [] : CheckAll(head).Where(problem => problem.Severity == ProblemSeverity.Error).ToHashSet();
        var introduced = errors.Where(problem => !before.Contains(problem)).ToList();
        return new(introduced.Count == 0 ? new(next) : null, introduced, [.. errors.Where(before.Contains)], warnings);
    }

    private List<ConfigProblem> CheckAll(ProxyConfig config)
    {
        var names = config.HeaderMaps.Select(CompiledHeaderMaps.VariableOf).ToFrozenSet();
        var scope = new VariableNames(names, [], 0);
        var key = string.Join(' ', names.Order(StringComparer.Ordinal));
        var found = new List<ConfigProblem>();
        foreach (var route in config.Routes)
            found.AddRange(Of(route, "routes", key, problems => RouteRules.Check(route, scope, problems)));
        // By the day: authorities expire without an edit.
        var now = (time ?? TimeProvider.System).GetUtcNow();
        foreach (var pool in config.UpstreamPools)
        {
            var forbidden = destinations ?? Destinations.Any;
            found.AddRange(Of(pool, "upstreamPools", $"{now:yyyyMMdd}", problems => UpstreamPoolRules.Check(pool, forbidden, now, problems)));
        }

        foreach (var map in config.HeaderMaps)
            found.AddRange(Of(map, "headerMaps", key, problems => HeaderMapRules.Check(map, scope, problems)));
        foreach (var policy in config.TlsPolicies)
            found.AddRange(Of(policy, "tlsPolicies", $"{now:yyyyMMdd}", problems => TlsPolicyRules.Check(policy, now, problems)));

        var across = new ProblemList();
        UniqueNames(config.Routes, "routes", "route", across);
        UniqueNames(config.UpstreamPools, "upstreamPools", "pool", across);
        UniqueNames(config.HeaderMaps, "headerMaps", "header map", across);
        UniqueNames(config.TlsPolicies, "tlsPolicies", "TLS policy", across);
        TlsPolicyRules.CheckClaims(config.TlsPolicies, across);
        References(config, across);
        SameMatch(config, across);
        HeaderMapRules.CheckCycles(config.HeaderMaps, scope, across);
        found.AddRange(across.All);
        return found;
    }

    private IReadOnlyList<ConfigProblem> Of(ConfigItem item, string kind, string key, Action<ProblemList> check)
    {
        if (known.TryGetValue(item, out var before) && before.Key == key)
            return before.Problems;
        var problems = new ProblemList();
        check(problems);
        VisibleFields.Check(item, kind, problems);
        known.AddOrUpdate(item, new(key, problems.All));
        return problems.All;
    }

    private static void UniqueNames(IEnumerable<ConfigItem> items, string kind, string word, ProblemList problems)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in items)
        {
            if (!seen.Add(item.Name))
                problems.Error($"{kind}/{item.Name}/name", "duplicate_name", $"There is another {word} called {item.Name}; give one of them another name.");
        }
    }

    private static void References(ProxyConfig config, ProblemList problems)
    {
        var pools = config.UpstreamPools.Select(pool => pool.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var route in config.Routes)
        {
            if (route.Action is RouteAction.Proxy action && !pools.Contains(action.Pool))
                problems.Error(
                    $"routes/{route.Name}/action/pool",
                    "unknown_pool",
                    $"Route {route.Name} uses pool {action.Pool}, which does not exist; choose another pool, or add it.{NearestName.Hint(action.Pool, pools)}");
        }
    }

    // Two routes that take exactly the same requests: the second would never be reached.
    private static void SameMatch(ProxyConfig config, ProblemList problems)
    {
        var seen = new Dictionary<(string Host, string Path, PathKind Kind, string Refinement), string>();
        foreach (var route in config.Routes)
        {
            if (!route.Enabled)
                continue;
            var refinement = Refinement(route);
            var kind = route.PathKind == PathKind.PrefixNoRegex ? PathKind.Prefix : route.PathKind;
            foreach (var host in route.Hosts.IsEmpty ? [""] : route.Hosts.Select(HostPattern.Normalize).Distinct())
            {
                if (seen.TryGetValue((host, route.Path, kind, refinement), out var other))
                {
                    var where = host.Length == 0 ? "every host" : host;
                    problems.Error(
                        $"routes/{route.Name}/path",
                        "duplicate_match",
                        $"Route {other} already takes {route.Path} of {where}; change the path, the host or the methods of one of them, or switch one off.");
                }
                else
                {
                    seen[(host, route.Path, kind, refinement)] = route.Name;
                }
            }
        }
    }

    private static string Refinement(Route route) =>
        route.Methods.IsEmpty && route.HeaderConditions.IsEmpty && route.QueryConditions.IsEmpty
            ? ""
            : JsonSerializer.Serialize(new { Methods = route.Methods.Order(), route.HeaderConditions, route.QueryConditions });

    private sealed record Checked(string Key, IReadOnlyList<ConfigProblem> Problems);
}

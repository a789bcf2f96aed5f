using System.Collections.Immutable;
using System.Text.Json;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>Routes: which requests go where (nginx: location).</summary>
public sealed class RouteKind : ItemKind<Route>
{
    private RouteKind() { }

    /// <summary>The one instance.</summary>
    public static RouteKind Instance { get; } = new();

    /// <inheritdoc/>
    public override string Member => "routes";

    /// <inheritdoc/>
    public override string Word => "route";

    /// <inheritdoc/>
    public override bool IsOrdered => true;

    /// <inheritdoc/>
    public override bool IsWrittenWhenEmpty => true;

    /// <inheritdoc/>
    public override bool CanBeSwitched => true;

    internal override (string Field, string Message)? UnknownPart => ("action", "An action has a kind: proxy, redirect or respond.");

    /// <inheritdoc/>
    public override string FieldThatUses(ItemKind used) => used == UpstreamPoolKind.Instance ? "action/pool" : base.FieldThatUses(used);

    internal override string KeyOf(RuleScope scope) => scope.VariablesKey;

    /// <inheritdoc/>
    protected override ImmutableArray<string>? Hosts(Route item) => item.Hosts;

    /// <inheritdoc/>
    protected override Route Switched(Route item, bool on) => item with { Enabled = on };

    /// <inheritdoc/>
    protected override bool Uses(Route user, ConfigItem used) =>
        used switch
        {
            UpstreamPool pool => user.Action is RouteAction.Proxy proxy && proxy.Pool == pool.Name,
            HeaderMap map => Texts(user).Any(text => VariableMentions.Has(text, map.Name)),
            _ => false,
        };

    /// <inheritdoc/>
    protected override Route Redirected(Route user, ConfigItem used, string name)
    {
        if (used is UpstreamPool)
            return user.Action is RouteAction.Proxy proxy ? user with { Action = proxy with { Pool = name } } : user;
        string Text(string template) => VariableMentions.Renamed(template, used.Name, name);
        ImmutableArray<HeaderRule> Rules(ImmutableArray<HeaderRule> rules) =>
            [.. rules.Select(rule => rule with { Value = Text(rule.Value) })];
        return user with
        {
            RequestHeaders = Rules(user.RequestHeaders),
            ResponseHeaders = Rules(user.ResponseHeaders),
            Action = user.Action switch
            {
                RouteAction.Redirect redirect => redirect with { Location = Text(redirect.Location) },
                RouteAction.Respond respond => respond with { Body = Text(respond.Body) },
                _ => user.Action,
            },
        };
    }

    private protected override void Check(Route item, RuleScope scope, ProblemList problems) =>
        RouteRules.Check(item, new(scope.Variables, [], 0), problems);

    private protected override void CheckTogether(ImmutableArray<Route> items, RuleScope scope, ProblemList problems)
    {
        References(items, scope.Items.Of(UpstreamPoolKind.Instance), problems);
        SameMatch(items, problems);
    }

    private static IEnumerable<string> Texts(Route route) =>
        route
            .RequestHeaders.Concat(route.ResponseHeaders)
            .Select(rule => rule.Value)
            .Append(
                route.Action switch
                {
                    RouteAction.Redirect redirect => redirect.Location,
                    RouteAction.Respond respond => respond.Body,
                    _ => "",
                }
            );

    private static void References(ImmutableArray<Route> routes, ImmutableArray<UpstreamPool> existing, ProblemList problems)
    {
        var pools = existing.Select(pool => pool.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var route in routes)
        {
            if (route.Action is RouteAction.Proxy action && !pools.Contains(action.Pool))
            {
                problems.Error(
                    $"routes/{route.Name}/action/pool",
                    "unknown_pool",
                    $"Route {route.Name} uses pool {action.Pool}, which does not exist; choose another pool, or add "
                        + $"it.{NearestName.Hint(action.Pool, pools)}"
                );
            }
        }
    }

    // Two routes that take exactly the same requests: the second would never be reached.
    private static void SameMatch(ImmutableArray<Route> routes, ProblemList problems)
    {
        var seen = new Dictionary<(string Host, string Path, PathKind Kind, string Refinement), string>();
        foreach (var route in routes)
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
                        $"Route {other} already takes {route.Path} of {where}; change the path, the host or the methods of one of "
                            + "them, or switch one off."
                    );
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
            : JsonSerializer.Serialize(
                new
                {
                    Methods = route.Methods.Order(),
                    route.HeaderConditions,
                    route.QueryConditions,
                }
            );
}

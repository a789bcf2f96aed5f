using System.Collections.Frozen;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// Compiles a revision, item by item: an item whose reference did not change keeps its compiled form, so that one edit among ten thousand
/// routes costs one route. Strict rules ran when the revision was stored; here a stored item that fails newer rules is left out and named,
/// and the rest is served. Not thread-safe: only the watcher calls it.
/// </summary>
internal sealed class SnapshotCompiler(UpstreamRegistry upstreams)
{
    private Dictionary<Route, CompiledRoute> _routes = new(ReferenceEqualityComparer.Instance);
    private Dictionary<UpstreamPool, CompiledPool> _pools = new(ReferenceEqualityComparer.Instance);
    private FrozenSet<string> _mapNames = [];

    public ProxySnapshot Compile(ConfigRevision revision, ProxySnapshot previous)
    {
        var leftOut = new List<ConfigProblem>();
        var config = revision.Config;

        // 1. Maps first: templates of routes name them. Only a change of the set of names makes every route compile again.
        var maps = CompiledHeaderMaps.Compile(config.HeaderMaps, previous.Maps, leftOut);
        if (!_mapNames.SetEquals(maps.Names.Maps))
        {
            _mapNames = maps.Names.Maps;
            _routes.Clear();
        }

        // 2. Pools, bound to the state their servers already have.
        var nextPools = new Dictionary<UpstreamPool, CompiledPool>(config.UpstreamPools.Length, ReferenceEqualityComparer.Instance);
        var poolsByName = new Dictionary<string, CompiledPool>(config.UpstreamPools.Length, StringComparer.Ordinal);
        foreach (var pool in config.UpstreamPools)
            nextPools[pool] = poolsByName[pool.Name] = _pools.GetValueOrDefault(pool) ?? upstreams.Bind(pool);
        _pools = nextPools;

        // 3. Routes, and where the proxying ones go.
        var nextRoutes = new Dictionary<Route, CompiledRoute>(config.Routes.Length, ReferenceEqualityComparer.Instance);
        var compiled = new List<CompiledRoute>(config.Routes.Length);
        var targets = new Dictionary<Guid, ForwardTarget>(config.Routes.Length);
        foreach (var route in config.Routes)
        {
            var one = _routes.GetValueOrDefault(route) ?? CompiledRoute.Compile(route, maps.Names);
            nextRoutes[route] = one;
            compiled.Add(one);
            if (one.Unavailable is { } problem)
                leftOut.Add(problem);
            else if (route is { Enabled: true, Action: RouteAction.Proxy action })
                AddTarget(targets, previous, one, action, poolsByName, leftOut);
        }

        _routes = nextRoutes;
        return new(
            revision.Number,
            config,
            RouteTable.Build(compiled),
            maps,
            Tables(config, previous, leftOut),
            poolsByName,
            targets,
            leftOut
        );
    }

    private static Dictionary<ItemKind, object> Tables(ProxyConfig config, ProxySnapshot previous, List<ConfigProblem> leftOut)
    {
        var tables = new Dictionary<ItemKind, object>();
        foreach (var kind in ItemKinds.All)
        {
            if (kind.Compile(config, previous.Config, previous.Tables.GetValueOrDefault(kind), leftOut) is { } table)
                tables[kind] = table;
        }

        return tables;
    }

    private static void AddTarget(
        Dictionary<Guid, ForwardTarget> targets,
        ProxySnapshot previous,
        CompiledRoute route,
        RouteAction.Proxy action,
        Dictionary<string, CompiledPool> poolsByName,
        List<ConfigProblem> leftOut
    )
    {
        if (!poolsByName.TryGetValue(action.Pool, out var pool))
        {
            leftOut.Add(
                new($"routes/{route.Route.Name}/action/pool", "unknown_pool", $"Pool {action.Pool} does not exist; the route answers 503.")
            );
            return;
        }

        var id = route.Route.Id;
        targets[id] =
            previous.Targets.TryGetValue(id, out var before) && before.Route == route && before.Pool == pool
                ? before
                : new(route, action, pool);
    }
}

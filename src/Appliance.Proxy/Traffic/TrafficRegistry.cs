using System.Collections.Concurrent;

namespace Appliance.Proxy.Traffic;

/// <summary>The counters of every route, pool and server by identity. Outlives snapshots, so that an edit forgets nothing.</summary>
public sealed class TrafficRegistry
{
    private readonly ConcurrentDictionary<Guid, RouteTraffic> _routes = new();
    private readonly ConcurrentDictionary<Guid, PoolTraffic> _pools = new();

    /// <summary>Every route that ever carried a request and still exists.</summary>
    public IEnumerable<KeyValuePair<Guid, RouteTraffic>> Routes => _routes;

    /// <summary>The counters of every pool, by its id.</summary>
    public IEnumerable<KeyValuePair<Guid, PoolTraffic>> Pools => _pools;

    /// <summary>What the whole proxy carries: the sum of all routes, and <see cref="Unrouted"/>.</summary>
    public RouteTraffic Total { get; } = new();

    /// <summary>
    /// Requests that were answered before they had a route: no route for them (404), refused by a gate (400, 403, 421), answers to
    /// authorities.
    /// </summary>
    public RouteTraffic Unrouted { get; } = new();

    /// <summary>Counts a request that is over and had no route.</summary>
    public void AddUnrouted(int status, TimeSpan duration, long responseBytes)
    {
        foreach (var counters in new[] { Unrouted, Total })
        {
            counters.Begin();
            counters.End(status, duration, 0, responseBytes);
        }
    }

    /// <summary>Counters of a route; kept across renames. Made with the first request.</summary>
    public RouteTraffic Route(Guid id) => _routes.TryGetValue(id, out var known) ? known : _routes.GetOrAdd(id, static _ => new());

    /// <summary>Counters of a pool.</summary>
    public PoolTraffic Pool(Guid id) => _pools.TryGetValue(id, out var known) ? known : _pools.GetOrAdd(id, static _ => new());

    /// <summary>Forgets routes and pools that are neither configured nor carrying anything.</summary>
    public void Retain(IReadOnlySet<Guid> routeIds, IReadOnlySet<Guid> poolIds)
    {
        foreach (var (id, traffic) in _routes)
        {
            if (!routeIds.Contains(id) && traffic.Read() is { Active: 0, SocketsOpen: 0 })
                _routes.TryRemove(id, out _);
        }

        foreach (var (id, traffic) in _pools)
        {
            if (!poolIds.Contains(id) && traffic.Read() is { Active: 0, SocketsOpen: 0 })
                _pools.TryRemove(id, out _);
        }
    }
}

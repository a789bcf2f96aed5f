using System.Collections.Concurrent;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// The state of every server (active counts, failure marks, round robin position) by pool identity and address. Outlives snapshots, so that
/// an edit neither forgets an open WebSocket nor forgives a dead server.
/// </summary>
public sealed class UpstreamRegistry(TrafficRegistry traffic, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, PoolState> _pools = [];

    // Read under a pool's lock, written before it: one of the two sees the other.
    private readonly ConcurrentDictionary<(Guid Pool, string Server), bool> _draining = new();

    /// <summary>A pool ready for choosing, bound to the states that already exist for its servers.</summary>
    public CompiledPool Bind(UpstreamPool pool)
    {
        PoolState? state;
        lock (_gate)
        {
            if (!_pools.TryGetValue(pool.Id, out state))
                _pools[pool.Id] = state = new();
        }

        lock (state.Gate)
        {
            var servers = new ServerState[pool.Servers.Length];
            for (var index = 0; index < servers.Length; index++)
            {
                var address = pool.Servers[index].Address;
                if (!state.Servers.TryGetValue(address, out var server))
                    state.Servers[address] = server = new(address)
                    {
                        IsDraining = _draining.ContainsKey((pool.Id, address.ToLowerInvariant())),
                    };

                // A weight that was edited starts afresh; the rotation goes on.
                server.EffectiveWeight = null;
                server.IsConfigured = true;
                servers[index] = server;
            }

            return state.Bound = new(pool, servers, state, traffic.Pool(pool.Id), time);
        }
    }

    /// <summary>
    /// Gives a server nothing new from now on, or lets it take its share again. Remembered by pool and address, so that no edit of the
    /// config forgets it.
    /// </summary>
    public void SetDraining(Guid pool, string address, bool isDraining)
    {
        PoolState? state;
        if (isDraining)
            _draining[(pool, address.ToLowerInvariant())] = true;
        else
            _draining.TryRemove((pool, address.ToLowerInvariant()), out _);
        lock (_gate)
            _pools.TryGetValue(pool, out state);

        if (state is null)
            return;
        lock (state.Gate)
        {
            if (state.Servers.TryGetValue(address, out var server))
                server.IsDraining = isDraining;
        }
    }

    /// <summary>All pools of the config, compiled.</summary>
    public IReadOnlyList<CompiledPool> Bound()
    {
        lock (_gate)
            return [.. _pools.Values.Select(state => state.Bound).OfType<CompiledPool>()];
    }

    /// <summary>Forgets the states of servers that no bound pool has and that carry nothing.</summary>
    public void Sweep(IReadOnlyCollection<CompiledPool> inUse)
    {
        var used = new Dictionary<Guid, CompiledPool>(inUse.Count);
        foreach (var pool in inUse)
            used[pool.Pool.Id] = pool;
        lock (_gate)
        {
            foreach (var (id, state) in _pools)
            {
                lock (state.Gate)
                {
                    used.TryGetValue(id, out var pool);
                    state.Bound = pool;
                    if (pool is not null && pool.Servers.Count == state.Servers.Count)
                        continue;
                    foreach (var (address, server) in state.Servers)
                    {
                        server.IsConfigured = pool is not null && pool.Servers.Contains(server);
                        if (server.Active == 0 && !server.IsConfigured)
                            state.Servers.Remove(address);
                    }

                    if (pool is null && state.Servers.Count == 0)
                        _pools.Remove(id);
                }
            }
        }
    }
}

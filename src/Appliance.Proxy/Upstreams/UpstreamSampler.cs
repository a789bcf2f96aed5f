using System.Collections.Immutable;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// Reads every server once a second into one immutable view, so that ten dashboards cost the request path no more than one.
/// </summary>
public sealed class UpstreamSampler(UpstreamRegistry upstreams, TimeProvider time) : SecondlySampler(time)
{
    private Dictionary<(Guid Pool, string Server), TrafficRates> _before = [];
    private volatile UpstreamView _current = UpstreamView.Empty;

    /// <summary>The newest view of all pools.</summary>
    public UpstreamView Current => _current;

    private protected override void Sample(DateTimeOffset now, double seconds)
    {
        var rates = new Dictionary<(Guid, string), TrafficRates>(_before.Count);
        var pools = new Dictionary<Guid, PoolView>();
        foreach (var pool in upstreams.Bound())
        {
            var servers = ImmutableArray.CreateBuilder<ServerView>(pool.Servers.Count);
            for (var index = 0; index < pool.Servers.Count; index++)
            {
                var server = pool.Servers[index];
                var key = (pool.Pool.Id, server.Address);
                var rate = rates[key] = _before.GetValueOrDefault(key) ?? new();
                servers.Add(
                    new(
                        server.Address,
                        pool.ConditionOf(index),
                        server.Active,
                        server.LastError,
                        server.LastErrorAt,
                        rate.Step(server.Traffic, seconds),
                        server.FailingSince
                    )
                );
            }

            pools[pool.Pool.Id] = new(pool.Pool, servers.MoveToImmutable());
        }

        _before = rates;
        _current = new(now, pools);
    }
}

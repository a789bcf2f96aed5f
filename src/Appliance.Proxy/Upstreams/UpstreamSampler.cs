using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// Reads every server once a second into one immutable view, so that ten dashboards cost the request path no more than one.
/// </summary>
/// <param name="upstreams">Where the servers are.</param>
/// <param name="time">The clock.</param>
/// <param name="hasOwnForwarder">Our own forwarder carries HTTP/1.1; false: YARP's carries everything.</param>
public sealed class UpstreamSampler(UpstreamRegistry upstreams, TimeProvider time, bool hasOwnForwarder = true) : SecondlySampler(time)
{
    private Dictionary<(Guid Pool, string Server), TrafficRates> _before = [];

    // A server that is taken out of its pool keeps its counters while it has WebSockets.
    private readonly ConditionalWeakTable<ExchangeTraffic, TrafficRates> _known = [];
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
                var rate = rates[key] = _before.GetValueOrDefault(key) ?? RatesOf(server.Traffic);
                servers.Add(
                    new(
                        server.Address,
                        pool.ConditionOf(index),
                        server.Active,
                        server.LastError,
                        server.LastErrorAt,
                        rate.Step(server.Traffic, seconds),
                        server.FailingSince,
                        CarrierOf(server, pool.Pool)
                    )
                    {
                        Latencies = server.Traffic.Latencies,
                        Failures = server.FailingSince is null ? 0 : server.FailuresSince,
                    }
                );
            }

            pools[pool.Pool.Id] = new(pool.Pool, servers.MoveToImmutable());
        }

        _before = rates;
        _current = new(now, pools);
    }

    // One that was away and is back: what it carried meanwhile, and before, was not carried in this second.
    private TrafficRates RatesOf(ExchangeTraffic traffic)
    {
        if (_known.TryGetValue(traffic, out var known))
            known.Skip(traffic);
        else
            _known.Add(traffic, known = new());
        return known;
    }

    private ServerCarrier CarrierOf(ServerState server, UpstreamPool pool)
    {
        var isHttp2 = server.Uri.Scheme == Uri.UriSchemeHttps ? server.Protocol.Of(pool.Tls) : server.IsHttp2;
        return isHttp2 switch
        {
            null => ServerCarrier.Unknown,
            true => ServerCarrier.YarpHttp2,
            false => hasOwnForwarder ? ServerCarrier.OwnHttp1 : ServerCarrier.YarpHttp1,
        };
    }
}

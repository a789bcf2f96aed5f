using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Tunnels;

/// <summary>What a tunnel needs to know.</summary>
public sealed record TunnelRequest(
    RequestFacts Facts, CompiledRoute Route, RouteAction.Proxy Action, string UpstreamTarget, CompiledPool Pool, RouteTraffic Traffic, long Revision)
{
    /// <summary>Counters of the whole proxy, or null.</summary>
    public ExchangeTraffic? Total { get; init; }
}

using System.Collections.Immutable;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.WebSockets;

/// <summary>The request of a client for a tunnel, as the tunnel needs it.</summary>
public sealed record TunnelRequest(
    RequestFacts Facts,
    CompiledRoute Route,
    RouteAction.Proxy Action,
    string UpstreamTarget,
    CompiledPool Pool,
    RouteTraffic Traffic,
    long Revision
)
{
    /// <summary>Protocols besides WebSocket that the client offers and the route allows; empty: it is a WebSocket.</summary>
    public ImmutableArray<string> Upgrades { get; init; } = [];

    /// <summary>True for a WebSocket.</summary>
    public bool IsWebSocket => Upgrades.IsEmpty;

    /// <summary>Counters of the whole proxy, or null.</summary>
    public ExchangeTraffic? Total { get; init; }
}

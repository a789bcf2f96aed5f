using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tunnels;

/// <summary>The whole life of a WebSocket: dial, handshake, relay, end.</summary>
public sealed class WebSocketTunnel
{
    /// <summary>
    /// Carries one accepted handshake. Returns when the tunnel (or the upstream's ordinary answer) is over, or with a failure while the response has not
    /// started, so that the caller can write its own page.
    /// </summary>
    public Task<TunnelOutcome> RunAsync(HttpContext context, TunnelRequest request) => throw new NotImplementedException();
}

/// <summary>What a tunnel needs to know.</summary>
public sealed record TunnelRequest(
    RequestFacts Facts, CompiledRoute Route, RouteAction.Proxy Action, string UpstreamTarget, CompiledPool Pool, RouteTraffic Traffic, long Revision);

/// <summary>How <see cref="WebSocketTunnel.RunAsync"/> ended.</summary>
/// <param name="FailureStatus">0: the response was written. Else 502, 503 or 504, nothing was written yet.</param>
/// <param name="Reason">Why, for the log and our page; names no address.</param>
public readonly record struct TunnelOutcome(int FailureStatus, string? Reason);

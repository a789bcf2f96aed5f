using Appliance.Proxy.Tunnels;

namespace Appliance.Proxy.Tests.Tunnels;

/// <summary>Orders to end a tunnel.</summary>
internal static class Ends
{
    public static CloseOrder Of(TunnelEnd end, int code = CloseOrder.GoingAway) => new(end, code);
}

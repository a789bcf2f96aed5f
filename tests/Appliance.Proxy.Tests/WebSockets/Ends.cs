using Appliance.Proxy.Connections;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Orders to end a tunnel.</summary>
internal static class Ends
{
    public static CloseOrder Of(TunnelEnd end, int code = CloseOrder.GoingAway) => new(end, code);
}

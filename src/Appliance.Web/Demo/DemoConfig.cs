using Appliance.Data.Accounts;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Hosting;

namespace Appliance.Web.Demo;

/// <summary>The routes of the demo: what a newcomer would write after an nginx config of two servers and a map.</summary>
public static class DemoConfig
{
    /// <summary>Stores one revision when nothing was ever stored.</summary>
    public static async Task StoreIfEmptyAsync(Node node, DemoBackends backends, CancellationToken cancellationToken)
    {
        if ((await node.Store.ReadHeadAsync(cancellationToken)).Number != 0)
            return;
        await node.Editor.ApplyAsync(
            _ => new()
            {
                UpstreamPools =
                [
                    new() { Name = "demo", Balancing = Balancing.LeastConn, Servers = [.. backends.Addresses.Select(address => new UpstreamServer { Address = address })] },
                ],
                HeaderMaps =
                [
                    new()
                    {
                        Name = "$connection_upgrade", Source = "$http_upgrade", Default = "upgrade", Rows = [new() { Pattern = "", Value = "close" }],
                    },
                ],
                Routes =
                [
                    new()
                    {
                        Name = "echo", Path = "/echo", Action = new RouteAction.Proxy { Pool = "demo" },
                        RequestHeaders = [new() { Name = "X-Connection-Upgrade", Value = "$connection_upgrade" }, new() { Name = "X-Real-IP", Value = "$remote_addr" }],
                    },
                    new() { Name = "chat", Path = "/chat", Action = new RouteAction.Proxy { Pool = "demo" } },
                ],
            },
            seen: 0, new(Actor.Local("demo"), "The routes of --demo", "demo"), dryRun: false, cancellationToken);
    }
}

using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Testing;

/// <summary>Small configs for tests.</summary>
public static class Configs
{
    /// <summary>Every path of every host to one pool of these servers.</summary>
    public static ProxyConfig All(params string[] servers) => new() { Routes = [Proxy("all")], UpstreamPools = [Pool("backend", servers)] };

    /// <summary>A route to a pool.</summary>
    public static Route Proxy(string name, string path = "/", string pool = "backend", string? upstreamPath = null) =>
        new()
        {
            Name = name,
            Path = path,
            Action = new RouteAction.Proxy { Pool = pool, UpstreamPath = upstreamPath },
        };

    /// <summary>A pool of these addresses.</summary>
    public static UpstreamPool Pool(string name, params string[] servers) =>
        new() { Name = name, Servers = [.. servers.Select(address => new UpstreamServer { Address = address })] };
}

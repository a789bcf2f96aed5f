using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Sockets;

/// <summary>Routes, pools and servers as what is drained: by identity, with the name people know now.</summary>
public static class DrainTargets
{
    /// <summary>The target of a route's drain.</summary>
    public static DrainTarget Of(Route route) => new(DrainKind.Route, route.Id);

    /// <summary>The target of a pool's drain.</summary>
    public static DrainTarget Of(UpstreamPool pool) => new(DrainKind.Pool, pool.Id);

    /// <summary>A server of a pool; its address as configured.</summary>
    public static DrainTarget Of(UpstreamPool pool, string address) => new(DrainKind.Server, pool.Id, address);

    /// <summary>A server in every pool that has its address, in the pools' order.</summary>
    public static IReadOnlyList<DrainTarget> Everywhere(IEnumerable<UpstreamPool> pools, string address) =>
        [
            .. pools.SelectMany(pool =>
                pool.Servers.Where(server => Same(server.Address.TrimEnd('/'), address.TrimEnd('/')))
                    .Take(1)
                    .Select(server => Of(pool, server.Address))
            ),
        ];

    /// <summary>What it is called in this config, or null when it is gone.</summary>
    public static string? NameOf(ProxyConfig config, DrainTarget target)
    {
        if (target.Kind == DrainKind.Route)
            return config.Routes.FirstOrDefault(route => route.Id == target.Id) is { } route ? $"route {route.Name}" : null;
        if (config.UpstreamPools.FirstOrDefault(pool => pool.Id == target.Id) is not { } pool)
            return null;
        return target.Kind == DrainKind.Pool ? $"pool {pool.Name}" : $"server {target.Server} of pool {pool.Name}";
    }

    /// <summary>What a drain is called: as now, else as when it began.</summary>
    public static string NameOf(ProxyConfig config, DrainOrder order) => NameOf(config, order.Target) ?? order.Name;

    /// <summary>The warning when no other server of the pool takes anything once this one is drained; null when one does.</summary>
    public static string? Alone(UpstreamPool pool, string address, IReadOnlyList<DrainStatus> drains)
    {
        var takes = pool.Servers.Any(server =>
            !server.Down
            && !Same(server.Address, address)
            && !drains.Any(drain =>
                drain.Order.Target is { Kind: DrainKind.Server } target && target.Id == pool.Id && Same(target.Server, server.Address)
            )
        );
        return takes
            ? null
            : $"No other server of pool {pool.Name} takes anything: while it is drained, requests and new WebSockets are answered 503.";
    }

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}

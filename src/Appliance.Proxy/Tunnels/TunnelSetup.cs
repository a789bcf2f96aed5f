using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Proxy.Tunnels;

/// <summary>Puts the tunnels into a proxy host.</summary>
public static class TunnelSetup
{
    /// <summary>
    /// Adds <see cref="WebSocketTunnel"/> and the sweeper over <paramref name="registry"/>. Needs a <see cref="TimeProvider"/> and logging; the listeners need
    /// <see cref="HeadTap.UseHeadTap"/>.
    /// </summary>
    public static IServiceCollection AddTunnels(this IServiceCollection services, ConnectionRegistry registry, TunnelSettings settings)
    {
        services.AddSingleton(registry);
        services.AddSingleton(settings);
        services.AddSingleton<WebSocketTunnel>();
        services.AddHostedService<TunnelSweeper>();
        return services;
    }
}

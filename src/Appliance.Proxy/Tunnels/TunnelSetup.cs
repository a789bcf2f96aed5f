using Appliance.Proxy.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

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
        services.AddSingleton<WebSocketTunnel>(provider => new(
            provider.GetRequiredService<ConnectionRegistry>(),
            provider.GetRequiredService<TunnelSettings>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<WebSocketTunnel>>(),
            provider.GetService<EpollLoops>()));
        services.AddHostedService<TunnelSweeper>();
        return services;
    }

    /// <summary>
    /// Puts the event loops' transport under this host's server, so that tunnels can leave it. Throws <see cref="PlatformNotSupportedException"/> where there
    /// is no epoll and <paramref name="choice"/> insists.
    /// </summary>
    public static IServiceCollection AddRelay(this IServiceCollection services, RelayChoice choice)
    {
        if (choice == RelayChoice.Stream || (choice == RelayChoice.Auto && !EpollLoops.IsSupported)) return services;
        if (!EpollLoops.IsSupported) throw new PlatformNotSupportedException("The epoll relay needs Linux.");
        services.AddSingleton<EpollLoops>(provider => new(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<EpollLoops>>()));
        services.AddSingleton<IConnectionListenerFactory, EpollTransport>();
        return services;
    }
}

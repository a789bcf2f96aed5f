using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.WebSockets;

/// <summary>Puts the tunnels into a proxy host.</summary>
public static class TunnelSetup
{
    /// <summary>
    /// Adds <see cref="WebSocketTunnel"/> and the sweeper. Needs a <see cref="TimeProvider"/>, an <see cref="UpstreamRegistry"/>, an
    /// <see cref="UpstreamDialer"/> and logging; the listeners need <see cref="Edge.HeadTap.UseHeadTap"/>.
    /// </summary>
    public static IServiceCollection AddTunnels(this IServiceCollection services, TunnelSettings settings)
    {
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<Drains>();
        services.AddSingleton<Inspections>();
        services.AddSingleton<HeaderWatches>();
        services.AddSingleton(settings);
        services.AddSingleton<WebSocketTunnel>(provider =>
            new(
                provider.GetRequiredService<ConnectionRegistry>(),
                provider.GetRequiredService<TunnelSettings>(),
                provider.GetRequiredService<UpstreamDialer>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<WebSocketTunnel>>(),
                provider.GetService<EpollLoops>(),
                provider.GetRequiredService<Drains>(),
                provider.GetRequiredService<Inspections>(),
                provider.GetService<AccessLog>(),
                provider.GetService<RecentRequests>(),
                provider.GetRequiredService<HeaderWatches>(),
                provider.GetService<SaidFaults>()
            )
        );
        services.AddHostedService<TunnelSweeper>();
        return services;
    }

    /// <summary>
    /// Puts the event loops' transport under this host's server, so that tunnels can leave it. Throws
    /// <see cref="PlatformNotSupportedException"/> where there is no epoll and <paramref name="choice"/> insists.
    /// </summary>
    public static IServiceCollection AddRelay(this IServiceCollection services, RelayChoice choice)
    {
        services.AddSingleton<MemoryRoom>(provider => new(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LastResort>(provider =>
            new(provider.GetRequiredService<ILogger<LastResort>>(), () =>
                provider.GetRequiredService<IHostApplicationLifetime>().StopApplication()
            )
        );
        if (choice == RelayChoice.Stream || (choice == RelayChoice.Auto && !EpollLoops.IsSupported))
        {
            services.AddSingleton<OpenFiles>();
            services.AddSingleton<SocketTransportFactory>();
            return services.AddSingleton<IConnectionListenerFactory, PatientSockets>();
        }

        if (!EpollLoops.IsSupported)
            throw new PlatformNotSupportedException("The epoll relay needs Linux.");
        services.AddSingleton<EpollLoops>(provider =>
            new(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<EpollLoops>>(),
                memory: provider.GetRequiredService<MemoryRoom>(),
                lastResort: provider.GetRequiredService<LastResort>()
            )
        );
        services.AddSingleton<IConnectionListenerFactory, EpollTransport>();
        return services;
    }
}

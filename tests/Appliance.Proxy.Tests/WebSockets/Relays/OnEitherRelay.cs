using Appliance.Proxy.Connections;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>
/// A suite that is run once on each relay, and mostly once more on the event loop under TLS, by sealed classes beside it: what holds for
/// one holds for the others.
/// </summary>
public abstract class OnEitherRelay(RelayChoice relay, bool overTls = false)
{
    private protected bool OverTls => overTls;

    private protected bool OnEpoll => relay == RelayChoice.Epoll;

    /// <summary>What carries a tunnel between plain HTTP/1.1 connections here.</summary>
    private protected RelayKind Expected => OnEpoll ? RelayKind.Epoll : RelayKind.Stream;

    private protected Task<TunnelHost> HostAsync(params string[] servers) => HostAsync(new TunnelPlan { Servers = servers });

    private protected Task<TunnelHost> HostAsync(TunnelPlan plan) => TunnelHost.StartAsync(plan with { Relay = relay, OverTls = overTls });

    /// <summary>An open tunnel with both ends in the test's hands.</summary>
    private protected Task<OpenTunnel> OpenAsync(int receiveBytes = 0, TunnelPlan? plan = null) =>
        OpenTunnel.StartAsync((plan ?? new TunnelPlan()) with { Relay = relay, OverTls = overTls }, receiveBytes);

    /// <summary>A tunnel whose server has read the client's handshake and not answered it.</summary>
    private protected Task<OpenTunnel> BeginAsync(TunnelPlan? plan = null) =>
        OpenTunnel.BeginAsync((plan ?? new TunnelPlan()) with { Relay = relay, OverTls = overTls });
}

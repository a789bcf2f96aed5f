using System.Collections.Immutable;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Headers;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>What a <see cref="TunnelHost"/> is set up with.</summary>
internal sealed record TunnelPlan
{
    public string[] Servers { get; init; } = [];

    public RelayChoice Relay { get; init; } = RelayChoice.Auto;

    /// <summary>Clients speak TLS.</summary>
    public bool OverTls { get; init; }

    /// <summary>With epoll: how many sockets may be open; null is the process's own limit.</summary>
    public int? MostSockets { get; init; }

    /// <summary>The clock of the loops, where <see cref="MostSockets"/> is set.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The clock of the tunnels.</summary>
    public TimeProvider TunnelTime { get; init; } = TimeProvider.System;

    /// <summary>Protocols besides WebSocket that the route lets through.</summary>
    public ImmutableArray<string> Upgrades { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>What the route allows, but for <see cref="IdleTimeout"/>.</summary>
    public WebSocketPolicy Policy { get; init; } = new();

    public int MaxTries { get; init; }

    public bool Forwarded { get; init; }

    public bool DropUnderscoreHeaders { get; init; }

    public string? Target { get; init; }

    public long Revision { get; init; } = 7;

    public ImmutableArray<HeaderRule> RequestHeaders { get; init; } = [];

    public ImmutableArray<HeaderRule> ResponseHeaders { get; init; } = [];

    public UpstreamTls Tls { get; init; } = new();
}

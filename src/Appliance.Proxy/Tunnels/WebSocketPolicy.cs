namespace Appliance.Proxy.Tunnels;

/// <summary>What WebSockets may do on a route.</summary>
public sealed record WebSocketPolicy
{
    /// <summary>What a route without a <c>webSocket</c> section has.</summary>
    public static WebSocketPolicy Default { get; } = new();

    /// <summary>Accept WebSocket handshakes. False: 403. Default true: no switch is needed.</summary>
    public bool Allow { get; init; } = true;

    /// <summary>A WebSocket without a byte in either direction for this long is ended. 0s: never. Default 300s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(300);
}

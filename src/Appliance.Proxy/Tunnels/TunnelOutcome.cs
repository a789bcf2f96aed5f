namespace Appliance.Proxy.Tunnels;

/// <summary>How <see cref="WebSocketTunnel.RunAsync"/> ended.</summary>
/// <param name="FailureStatus">0: the response was written, or the client went away. Else 502, 503 (no socket left here) or 504, and nothing was written yet.</param>
/// <param name="Reason">Why, for the log and our page; names no address.</param>
public readonly record struct TunnelOutcome(int FailureStatus, string? Reason);

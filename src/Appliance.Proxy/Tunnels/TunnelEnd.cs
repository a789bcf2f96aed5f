namespace Appliance.Proxy.Tunnels;

/// <summary>Why a tunnel ended.</summary>
public enum TunnelEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The client sent the first close frame, or closed its connection first.</summary>
    ClientClosed,

    /// <summary>The server sent the first close frame, or closed its connection first.</summary>
    ServerClosed,

    /// <summary>The client's connection broke.</summary>
    ClientError,

    /// <summary>The server's connection broke.</summary>
    ServerError,

    /// <summary>No byte passed for the route's idle timeout.</summary>
    Idle,

    /// <summary>An operator ended it.</summary>
    Operator,

    /// <summary>The process stops.</summary>
    Shutdown,
}

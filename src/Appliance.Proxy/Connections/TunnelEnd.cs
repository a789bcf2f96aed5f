namespace Appliance.Proxy.Connections;

/// <summary>Why a tunnel ended.</summary>
public enum TunnelEnd
{
    /// <summary>The tunnel has not ended.</summary>
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

    /// <summary>The process stops, so the tunnel ends.</summary>
    Shutdown,

    /// <summary>It was open for the route's maximum lifetime.</summary>
    Lifetime,

    /// <summary>A message was larger than the route allows.</summary>
    MessageTooBig,

    /// <summary>The client sent more messages a second than the route allows.</summary>
    MessageRate,

    /// <summary>The client did not answer our pings.</summary>
    ClientSilent,

    /// <summary>The server did not answer our pings.</summary>
    ServerSilent,

    /// <summary>Its route, pool or server is being drained.</summary>
    Drain,

    /// <summary>The proxy itself failed with it: no memory, or a bug.</summary>
    Failed,
}

/// <summary>The side that ended a tunnel.</summary>
public enum EndedBy
{
    /// <summary>The client, in order.</summary>
    Client,

    /// <summary>The server, in order.</summary>
    Server,

    /// <summary>An operator, for this connection.</summary>
    Operator,

    /// <summary>A limit of the route.</summary>
    Policy,

    /// <summary>A drain, or the end of the process.</summary>
    Drain,

    /// <summary>The idle timeout of the route.</summary>
    Idle,

    /// <summary>A broken connection, an end that answers no more, or a failure of the proxy.</summary>
    Error,
}

/// <summary>Sorts the ends of tunnels by the side that caused them.</summary>
public static class TunnelEndKinds
{
    /// <summary>The side that ended the tunnel.</summary>
    public static EndedBy By(this TunnelEnd end) =>
        end switch
        {
            TunnelEnd.ClientClosed => EndedBy.Client,
            TunnelEnd.ServerClosed => EndedBy.Server,
            TunnelEnd.Operator => EndedBy.Operator,
            TunnelEnd.Lifetime or TunnelEnd.MessageTooBig or TunnelEnd.MessageRate => EndedBy.Policy,
            TunnelEnd.Drain or TunnelEnd.Shutdown => EndedBy.Drain,
            TunnelEnd.Idle => EndedBy.Idle,
            _ => EndedBy.Error,
        };
}

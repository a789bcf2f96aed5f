using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Connections;

/// <summary>How connections ended, and why others never opened, in words.</summary>
internal static class EndWords
{
    /// <summary>Everybody who can end one, in the order of the totals and the chart.</summary>
    public static readonly EndedBy[] Everybody = Enum.GetValues<EndedBy>();

    /// <summary>Who ended it, in a word; also its name in addresses and of its colour.</summary>
    public static string Who(EndedBy by) =>
        by switch
        {
            EndedBy.Client => "client",
            EndedBy.Server => "server",
            EndedBy.Operator => "operator",
            EndedBy.Policy => "policy",
            EndedBy.Drain => "drain",
            EndedBy.Idle => "idle",
            _ => "error",
        };

    /// <summary>What that word stands for.</summary>
    public static string About(EndedBy by) =>
        by switch
        {
            EndedBy.Client => "The client closed first",
            EndedBy.Server => "The server closed first",
            EndedBy.Operator => "Closed by hand, here or by command",
            EndedBy.Policy => "A limit of the route",
            EndedBy.Drain => "A drain, or the proxy stopped",
            EndedBy.Idle => "Nothing passed for the idle timeout",
            _ => "A connection broke, or answered no more",
        };

    /// <summary>The finer cause of an end, in words.</summary>
    public static string Cause(TunnelEnd end) =>
        end switch
        {
            TunnelEnd.ClientClosed => "the client closed first",
            TunnelEnd.ServerClosed => "the server closed first",
            TunnelEnd.ClientError => "the client's connection broke",
            TunnelEnd.ServerError => "the server's connection broke",
            TunnelEnd.Idle => "idle timeout of the route",
            TunnelEnd.Operator => "closed by an operator",
            TunnelEnd.Shutdown => "the proxy stopped",
            TunnelEnd.Lifetime => "maximum lifetime of the route",
            TunnelEnd.MessageTooBig => "a message was larger than the route allows",
            TunnelEnd.MessageRate => "more messages a second than the route allows",
            TunnelEnd.ClientSilent => "the client answered no ping",
            TunnelEnd.ServerSilent => "the server answered no ping",
            TunnelEnd.Drain => "its route, pool or server was drained",
            TunnelEnd.Failed => "the proxy failed with it; the log says why",
            _ => "it is open",
        };

    /// <summary>The finer cause, with the person who wanted it.</summary>
    public static string Cause(LiveConnection connection) =>
        connection is { End: TunnelEnd.Operator or TunnelEnd.Drain, Order.By: { } by }
            ? $"{Cause(connection.End)} ({by})"
            : Cause(connection.End);

    /// <summary>Whose no a handshake got, in a word; also its name in addresses.</summary>
    public static string Side(HandshakeSide side) =>
        side switch
        {
            HandshakeSide.Server => "server",
            HandshakeSide.Client => "client",
            _ => "proxy",
        };

    /// <summary>The code with its name; the protocol of what has no close codes.</summary>
    public static string Code(LiveConnection connection) =>
        !connection.IsWebSocket
            ? $"{connection.UpgradedTo}: no close code"
            : $"{connection.CloseCode} {CloseCodes.Name(connection.CloseCode)}";

    /// <summary>Why a handshake was refused, and what the client got.</summary>
    public static (string Reason, string Status) Refusal(HandshakeRefusal refusal) =>
        refusal switch
        {
            HandshakeRefusal.Malformed => ("It was no valid WebSocket handshake", "400 or 426"),
            HandshakeRefusal.NotAllowed => ("The route takes no WebSockets", "403"),
            HandshakeRefusal.Origin => ("The page's origin is not on the route's list", "403"),
            HandshakeRefusal.Subprotocol => ("The client offered no subprotocol of the route's list", "403"),
            HandshakeRefusal.ClientLimit => ("The client's address has as many as the route allows it", "429"),
            HandshakeRefusal.RouteLimit => ("The route has as many as it may have", "503"),
            HandshakeRefusal.Draining => ("The route, its pool or all its servers are being drained", "503"),
            HandshakeRefusal.Stopping => ("The proxy was stopping", "503"),
            _ => ("The limit of open files left no socket for a server", "503"),
        };
}

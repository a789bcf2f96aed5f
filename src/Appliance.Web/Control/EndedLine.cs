using Appliance.Proxy.Connections;

namespace Appliance.Web.Control;

/// <summary>How one WebSocket ended, for people and scripts.</summary>
/// <param name="Id">The number it had.</param>
/// <param name="Route">The route's name when it opened.</param>
/// <param name="Pool">The pool's name then.</param>
/// <param name="Server">The server, as configured.</param>
/// <param name="Client">Address and port of the client.</param>
/// <param name="Host">The host that was asked for.</param>
/// <param name="Path">The path that was asked for, without its query.</param>
/// <param name="Subprotocol">What the server chose, or null.</param>
/// <param name="StartedUtc">When it opened.</param>
/// <param name="EndedUtc">When it was over.</param>
/// <param name="DurationSeconds">How long it was open.</param>
/// <param name="By">Who ended it, in one word.</param>
/// <param name="Cause">Why.</param>
/// <param name="UpgradedTo">websocket, or the protocol that was switched to.</param>
/// <param name="Code">The close code; 1006 when it ended without one, 1005 when the close frame had none, 0 for protocols without close
/// codes.</param>
/// <param name="Reason">The reason beside the code, or null.</param>
/// <param name="Person">Who wanted it, when it was somebody, or null.</param>
/// <param name="MessagesFromClient">Messages.</param>
/// <param name="MessagesFromServer">Messages.</param>
/// <param name="BytesFromClient">Wire bytes.</param>
/// <param name="BytesFromServer">Wire bytes.</param>
public sealed record EndedLine(
    long Id,
    string Route,
    string Pool,
    string Server,
    string Client,
    string Host,
    string Path,
    string? Subprotocol,
    DateTime StartedUtc,
    DateTime EndedUtc,
    double DurationSeconds,
    EndedBy By,
    TunnelEnd Cause,
    string UpgradedTo,
    int Code,
    string? Reason,
    string? Person,
    long MessagesFromClient,
    long MessagesFromServer,
    long BytesFromClient,
    long BytesFromServer
)
{
    /// <summary>Reads one that is over.</summary>
    public static EndedLine Of(LiveConnection connection)
    {
        var (client, server) = (connection.FromClient.Counts, connection.FromServer.Counts);
        return new(
            connection.Id,
            connection.RouteName,
            connection.PoolName,
            connection.ServerAddress,
            connection.Client,
            connection.Host,
            connection.Path,
            connection.Subprotocol,
            connection.Started.UtcDateTime,
            connection.Ended.UtcDateTime,
            Math.Round(connection.Age.TotalSeconds, 1),
            connection.End.By(),
            connection.End,
            connection.UpgradedTo,
            connection.CloseCode,
            connection.CloseReason,
            connection.Order?.By,
            client.Messages,
            server.Messages,
            client.WireBytes,
            server.WireBytes
        );
    }
}

using Appliance.Proxy.Connections;
using Appliance.Web.Connections;

namespace Appliance.Web.Control;

/// <summary>
/// One open WebSocket, for people and scripts. Ages are seconds, bytes are wire bytes, rates are those of the last second.
/// </summary>
public sealed record ConnectionLine
{
    /// <summary>Its number: what <c>close</c> takes. Unique until the process ends.</summary>
    public required long Id { get; init; }

    /// <summary>The route's name when it opened.</summary>
    public required string Route { get; init; }

    /// <summary>The pool's name then.</summary>
    public required string Pool { get; init; }

    /// <summary>The server, as configured.</summary>
    public required string Server { get; init; }

    /// <summary>Address and port of the client.</summary>
    public required string Client { get; init; }

    /// <summary>The host that was asked for.</summary>
    public required string Host { get; init; }

    /// <summary>The path that was asked for, without its query.</summary>
    public required string Path { get; init; }

    /// <summary>What the server chose, or null.</summary>
    public required string? Subprotocol { get; init; }

    /// <summary>How long it has been open.</summary>
    public required double AgeSeconds { get; init; }

    /// <summary>How long no byte has passed.</summary>
    public required double IdleSeconds { get; init; }

    /// <summary>Messages from the client so far.</summary>
    public required long MessagesFromClient { get; init; }

    /// <summary>Messages from the server so far.</summary>
    public required long MessagesFromServer { get; init; }

    /// <summary>Bytes from the client so far.</summary>
    public required long BytesFromClient { get; init; }

    /// <summary>Bytes from the server so far.</summary>
    public required long BytesFromServer { get; init; }

    /// <summary>The revision that was live when it opened.</summary>
    public required long Revision { get; init; }

    /// <summary>What carries it: <c>epoll</c> or <c>stream</c>.</summary>
    public required string Relay { get; init; }

    /// <summary>When it opened, UTC.</summary>
    public required DateTime StartedUtc { get; init; }

    /// <summary>websocket, or the protocol that was switched to.</summary>
    public required string UpgradedTo { get; init; }

    /// <summary>What the client spoke at the handshake: HTTP/1.1 or HTTP/2.</summary>
    public required string Protocol { get; init; }

    /// <summary>True when the client came by TLS (wss).</summary>
    public required bool Tls { get; init; }

    /// <summary>The Origin of the page that opened it, or null.</summary>
    public required string? Origin { get; init; }

    /// <summary>The client's User-Agent, or null.</summary>
    public required string? UserAgent { get; init; }

    /// <summary>The extensions that the server accepted, or null.</summary>
    public required string? Extensions { get; init; }

    /// <summary>True when messages are compressed (permessage-deflate).</summary>
    public required bool Compressed { get; init; }

    /// <summary>Messages in the last second.</summary>
    public required double MessagesPerSecondFromClient { get; init; }

    /// <summary>Messages in the last second.</summary>
    public required double MessagesPerSecondFromServer { get; init; }

    /// <summary>Bytes in the last second.</summary>
    public required double BytesPerSecondFromClient { get; init; }

    /// <summary>Bytes in the last second.</summary>
    public required double BytesPerSecondFromServer { get; init; }

    /// <summary>Pings of the client that were passed on.</summary>
    public required long PingsFromClient { get; init; }

    /// <summary>Pings of the server that were passed on.</summary>
    public required long PingsFromServer { get; init; }

    /// <summary>Pings that the proxy itself sent.</summary>
    public required long PingsToClient { get; init; }

    /// <summary>Pings that the proxy itself sent.</summary>
    public required long PingsToServer { get; init; }

    /// <summary>True when both ends have been sent a close frame and have not gone yet.</summary>
    public required bool Closing { get; init; }

    /// <summary>Reads a connection's counters.</summary>
    public static ConnectionLine Of(LiveConnection connection)
    {
        var (client, server, rates) = (connection.FromClient.Counts, connection.FromServer.Counts, connection.Rates);
        return new()
        {
            Id = connection.Id,
            Route = connection.RouteName,
            Pool = connection.PoolName,
            Server = connection.ServerAddress,
            Client = connection.Client,
            Host = connection.Host,
            Path = connection.Path,
            Subprotocol = connection.Subprotocol,
            AgeSeconds = Math.Round(connection.Age.TotalSeconds, 1),
            IdleSeconds = Math.Round(connection.IdleFor.TotalSeconds, 1),
            MessagesFromClient = client.Messages,
            MessagesFromServer = server.Messages,
            BytesFromClient = client.WireBytes,
            BytesFromServer = server.WireBytes,
            Revision = connection.Revision,
            Relay = RelayNames.Of(connection.Relay),
            StartedUtc = connection.Started.UtcDateTime,
            UpgradedTo = connection.UpgradedTo,
            Protocol = connection.Protocol,
            Tls = connection.IsTls,
            Origin = connection.Origin,
            UserAgent = connection.UserAgent,
            Extensions = connection.Extensions,
            Compressed = connection.Extensions?.Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase) == true,
            MessagesPerSecondFromClient = Math.Round(rates.MessagesIn, 1),
            MessagesPerSecondFromServer = Math.Round(rates.MessagesOut, 1),
            BytesPerSecondFromClient = Math.Round(rates.BytesIn),
            BytesPerSecondFromServer = Math.Round(rates.BytesOut),
            PingsFromClient = client.Ping,
            PingsFromServer = server.Ping,
            PingsToClient = connection.FromClient.OwnPings,
            PingsToServer = connection.FromServer.OwnPings,
            Closing = connection.Order is not null,
        };
    }
}

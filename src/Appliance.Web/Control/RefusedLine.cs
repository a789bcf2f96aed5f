using Appliance.Proxy.Connections;
using Appliance.Web.Connections;

namespace Appliance.Web.Control;

/// <summary>A handshake that became no connection, for people and scripts.</summary>
/// <param name="AtUtc">When.</param>
/// <param name="Route">The route's name then.</param>
/// <param name="Pool">The pool's name then.</param>
/// <param name="Client">The client's address.</param>
/// <param name="Host">The host that was asked for.</param>
/// <param name="Path">The path that was asked for, without its query.</param>
/// <param name="Origin">The Origin of the page that asked, or null.</param>
/// <param name="UserAgent">The client's User-Agent, or null.</param>
/// <param name="Protocol">What was to be switched to: websocket, or what the client offered.</param>
/// <param name="By">Whose no it was: proxy, server or client.</param>
/// <param name="Status">The status that the client got; 0 when it was gone.</param>
/// <param name="Reason">Why.</param>
/// <param name="Server">The server that was asked last, as configured, or null.</param>
public sealed record RefusedLine(
    DateTime AtUtc,
    string Route,
    string Pool,
    string Client,
    string Host,
    string Path,
    string? Origin,
    string? UserAgent,
    string Protocol,
    string By,
    int Status,
    string Reason,
    string? Server
)
{
    /// <summary>Makes the line of a handshake that was refused.</summary>
    public static RefusedLine Of(FailedHandshake handshake) =>
        new(
            handshake.At.UtcDateTime,
            handshake.RouteName,
            handshake.PoolName,
            handshake.Client,
            handshake.Host,
            handshake.Path,
            handshake.Origin,
            handshake.UserAgent,
            handshake.Protocol,
            EndWords.Side(handshake.Side),
            handshake.Status,
            handshake.Reason,
            handshake.Server
        );
}

using System.Net;

namespace Appliance.Proxy.Connections;

/// <summary>
/// Which connections are meant: what the table shows, what a close or a drain takes. All that is set must hold; an empty filter means every
/// one.
/// </summary>
public sealed record ConnectionFilter
{
    /// <summary>The filter that every connection matches.</summary>
    public static ConnectionFilter All { get; } = new();

    /// <summary>
    /// Words, separated by blanks; each must stand in the route, pool, server, client, host, path, origin, user agent, subprotocol or
    /// protocol; of a refused handshake also in its reason or status. Ignores case.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>The id of a route; null: any route.</summary>
    public Guid? RouteId { get; init; }

    /// <summary>The route's name, as it was when the connection opened; ignores case.</summary>
    public string? Route { get; init; }

    /// <summary>The pool's name, as it was then; ignores case.</summary>
    public string? Pool { get; init; }

    /// <summary>The server's address as configured; ignores case.</summary>
    public string? Server { get; init; }

    /// <summary>The client's network; a single address is a network of one.</summary>
    public IPNetwork? Client { get; init; }

    /// <summary>Open for at least this long.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Without a byte for at least this long.</summary>
    public TimeSpan? IdleFor { get; init; }

    /// <summary>Opened under a revision before this one.</summary>
    public long? BeforeRevision { get; init; }

    /// <summary>True when it means every connection.</summary>
    public bool IsEmpty => this with { Text = null } == All && string.IsNullOrWhiteSpace(Text);

    /// <summary>An address or a network in CIDR notation, or null.</summary>
    public static IPNetwork? ParseClient(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;
        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }

    /// <summary>Whether this connection is meant.</summary>
    public bool Matches(LiveConnection connection) =>
        (RouteId is not { } id || connection.RouteId == id)
        && Same(Route, connection.RouteName)
        && Same(Pool, connection.PoolName)
        && Same(Server, connection.ServerAddress)
        && (Client is not { } network || (connection.ClientAddress is { } address && network.Contains(address)))
        && (OlderThan is not { } age || connection.Age >= age)
        && (IdleFor is not { } idle || connection.IdleFor >= idle)
        && (BeforeRevision is not { } revision || connection.Revision < revision)
        && (string.IsNullOrWhiteSpace(Text) || HasText(word => Has(connection, word)));

    /// <summary>Whether this handshake is meant. Age, idle time and revision are those of connections, and mean nothing here.</summary>
    public bool Matches(FailedHandshake handshake) =>
        (RouteId is not { } id || handshake.RouteId == id)
        && Same(Route, handshake.RouteName)
        && Same(Pool, handshake.PoolName)
        && (Server is null || Same(Server, handshake.Server ?? ""))
        && (Client is not { } network || (handshake.ClientAddress is { } address && network.Contains(address)))
        && HasText(word => Has(handshake, word));

    private static bool Same(string? wanted, string name) => wanted is null || wanted.Equals(name, StringComparison.OrdinalIgnoreCase);

    private bool HasText(Func<string, bool> has) =>
        string.IsNullOrWhiteSpace(Text) || Array.TrueForAll(Text.Split(' ', StringSplitOptions.RemoveEmptyEntries), word => has(word));

    private static bool Has(LiveConnection connection, string word) =>
        In(connection.RouteName, word)
        || In(connection.PoolName, word)
        || In(connection.ServerAddress, word)
        || In(connection.Client, word)
        || In(connection.Host, word)
        || In(connection.Path, word)
        || In(connection.Origin, word)
        || In(connection.UserAgent, word)
        || In(connection.Subprotocol, word)
        || In(connection.UpgradedTo, word);

    private static bool Has(FailedHandshake handshake, string word) =>
        In(handshake.RouteName, word)
        || In(handshake.PoolName, word)
        || In(handshake.Server, word)
        || In(handshake.Client, word)
        || In(handshake.Host, word)
        || In(handshake.Path, word)
        || In(handshake.Origin, word)
        || In(handshake.UserAgent, word)
        || In(handshake.Protocol, word)
        || In(handshake.Reason, word)
        || In(handshake.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), word);

    private static bool In(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;
}

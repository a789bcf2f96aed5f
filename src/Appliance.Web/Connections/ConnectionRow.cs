using Appliance.Proxy.Tunnels;

namespace Appliance.Web.Connections;

/// <summary>One open WebSocket as of one second, ready to be sorted and shown.</summary>
public sealed record ConnectionRow(
    long Id, Guid RouteId, string Route, string Pool, string Server, string Client, string Host, string Path, string? Subprotocol, string? UserAgent,
    TimeSpan Age, TimeSpan Idle, long MessagesIn, long MessagesOut, long BytesIn, long BytesOut, RelayKind Relay)
{
    /// <summary>Reads a connection's counters.</summary>
    public static ConnectionRow Of(LiveConnection one)
    {
        var (client, server) = (one.FromClient.Counts, one.FromServer.Counts);
        return new(
            one.Id, one.RouteId, one.RouteName, one.PoolName, one.ServerAddress, $"{one.ClientAddress}:{one.ClientPort}", one.Host, one.Path, one.Subprotocol, one.UserAgent,
            one.Age, one.IdleFor, client.Messages, server.Messages, client.WireBytes, server.WireBytes,
            one.Relay);
    }

    /// <summary>True when every word stands in one of the texts.</summary>
    public bool Has(string[] words) => Array.TrueForAll(words, word => In(Route, word) || In(Pool, word) || In(Server, word) || In(Client, word)
        || In(Host, word) || In(Path, word) || In(Subprotocol, word) || In(UserAgent, word));

    /// <summary>Sorted by a column, the largest or the first letter first; unknown: the newest first.</summary>
    public static IEnumerable<ConnectionRow> Sort(IEnumerable<ConnectionRow> rows, string column, bool down)
    {
        var sorted = column switch
        {
            "route" => rows.OrderBy(row => row.Route, StringComparer.OrdinalIgnoreCase),
            "server" => rows.OrderBy(row => row.Server, StringComparer.Ordinal),
            "client" => rows.OrderBy(row => row.Client, StringComparer.Ordinal),
            "age" => rows.OrderByDescending(row => row.Age),
            "idle" => rows.OrderByDescending(row => row.Idle),
            "messages" => rows.OrderByDescending(row => row.MessagesIn + row.MessagesOut),
            "bytes" => rows.OrderByDescending(row => row.BytesIn + row.BytesOut),
            _ => rows.OrderByDescending(row => row.Id),
        };
        return down ? sorted.Reverse() : sorted;
    }

    private static bool In(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;
}

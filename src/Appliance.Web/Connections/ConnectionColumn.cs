using System.Collections.Immutable;
using Appliance.Proxy.Connections;
using Appliance.Web.Controls;

namespace Appliance.Web.Connections;

/// <summary>One column of the table: what it says and how it sorts.</summary>
public sealed class ConnectionColumn
{
    /// <summary>The column that links to the route.</summary>
    public const string Route = "route";

    private const string None = "–";

    private ConnectionColumn(
        string key,
        string heading,
        Func<LiveConnection, string> text,
        Func<IEnumerable<LiveConnection>, bool, IEnumerable<LiveConnection>> sort
    ) => (Key, Heading, Text, Sort) = (key, heading, text, sort);

    /// <summary>Every column, in the order of the table.</summary>
    public static ImmutableArray<ConnectionColumn> All { get; } =
        Numbered(
            Of(Route, "Route", connection => connection.RouteName, connection => connection.RouteName).Default(),
            Of("path", "Host and path", connection => connection.Host + connection.Path, connection => connection.Host + connection.Path)
                .Default()
                .InMono()
                .Clipped(),
            Of("server", "Server", connection => connection.ServerAddress, connection => connection.ServerAddress).Default().InMono(),
            Of("pool", "Pool", connection => connection.PoolName, connection => connection.PoolName),
            Of("client", "Client", connection => connection.Client, connection => connection.Client).Default().InMono(),
            Of("upgrade", "Protocol", connection => connection.UpgradedTo, connection => connection.UpgradedTo),
            Of("protocol", "HTTP version", connection => connection.Protocol, connection => connection.Protocol),
            Of("tls", "TLS", connection => connection.IsTls ? "yes (wss)" : "no (ws)", connection => connection.IsTls ? 1 : 0),
            Of("origin", "Origin", connection => connection.Origin ?? None, connection => connection.Origin ?? "").InMono().Clipped(),
            Of("agent", "User agent", connection => connection.UserAgent ?? None, connection => connection.UserAgent ?? "").Clipped(),
            Of("subprotocol", "Subprotocol", connection => connection.Subprotocol ?? None, connection => connection.Subprotocol ?? "")
                .InMono(),
            Of(
                "compression",
                "Compression",
                connection => ConnectionWords.Compression(connection.Extensions),
                connection => ConnectionWords.Compression(connection.Extensions)
            ),
            Of("age", "Age", connection => Shown.Duration(connection.Age), connection => connection.Age).Default(),
            Of("idle", "Idle", connection => Shown.Duration(connection.IdleFor), connection => connection.IdleFor).Default(),
            Of(
                    "messages",
                    "Messages in / out",
                    connection =>
                        Pair(Shown.Count(connection.FromClient.Counts.Messages), Shown.Count(connection.FromServer.Counts.Messages)),
                    connection => connection.FromClient.Counts.Messages + connection.FromServer.Counts.Messages
                )
                .Default(),
            Of(
                    "bytes",
                    "Bytes in / out",
                    connection =>
                        Pair(Shown.Bytes(connection.FromClient.Counts.WireBytes), Shown.Bytes(connection.FromServer.Counts.WireBytes)),
                    connection => connection.FromClient.Counts.WireBytes + connection.FromServer.Counts.WireBytes
                )
                .Default(),
            Of("message-rate", "Messages/s", connection => Shown.Rate(connection.Rates.Messages), connection => connection.Rates.Messages),
            Of("byte-rate", "Bytes/s", connection => Shown.Bytes(connection.Rates.Bytes), connection => connection.Rates.Bytes),
            Of("pings", "Pings", connection => Shown.Count(ConnectionWords.Pings(connection)), ConnectionWords.Pings),
            Of("revision", "Revision", connection => Shown.Count(connection.Revision), connection => connection.Revision),
            Of("relay", "Relay", connection => RelayNames.Of(connection.Relay), connection => RelayNames.Of(connection.Relay))
        );

    /// <summary>Those that are shown until somebody chooses.</summary>
    public static ImmutableArray<ConnectionColumn> Defaults { get; } = [.. All.Where(column => column.IsDefault)];

    /// <summary>Its name in addresses and in the browser's memory.</summary>
    public string Key { get; }

    /// <summary>The heading of the column.</summary>
    public string Heading { get; }

    /// <summary>Its place in <see cref="All"/>.</summary>
    public int Index { get; private set; }

    /// <summary>Shown until somebody chooses.</summary>
    public bool IsDefault { get; private set; }

    /// <summary>A number: to the right, and the largest first.</summary>
    public bool IsNumber { get; private init; }

    /// <summary>Classes of its cells, or null.</summary>
    public string? Class { get; private set; }

    /// <summary>True for text that may be longer than its cell; the whole of it stands in the title.</summary>
    public bool IsClipped { get; private set; }

    /// <summary>What it says of a connection.</summary>
    public Func<LiveConnection, string> Text { get; }

    /// <summary>Sorts by it; the newest first where that says nothing.</summary>
    public Func<IEnumerable<LiveConnection>, bool, IEnumerable<LiveConnection>> Sort { get; }

    /// <summary>The column of that name, or null.</summary>
    public static ConnectionColumn? Find(string key) => All.FirstOrDefault(column => column.Key == key);

    /// <summary>The columns that a browser remembered; the default ones when it remembers none that there is.</summary>
    public static ImmutableArray<ConnectionColumn> Chosen(string? kept)
    {
        var keys = (kept ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
        var chosen = All.Where(column => keys.Contains(column.Key)).ToImmutableArray();
        return chosen.IsEmpty ? Defaults : chosen;
    }

    private static string Pair(string into, string outOf) => $"{into} / {outOf}";

    private static ConnectionColumn Of<T>(string key, string heading, Func<LiveConnection, string> text, Func<LiveConnection, T> by)
    {
        var comparer = typeof(T) == typeof(string) ? (IComparer<T>)(object)StringComparer.OrdinalIgnoreCase : Comparer<T>.Default;
        return new(key, heading, text, (all, down) =>
            (down ? all.OrderByDescending(by, comparer) : all.OrderBy(by, comparer)).ThenByDescending(connection => connection.Id)
        )
        {
            IsNumber = typeof(T) != typeof(string),
            Class = typeof(T) != typeof(string) ? "num" : null,
        };
    }

    private static ImmutableArray<ConnectionColumn> Numbered(params ConnectionColumn[] columns)
    {
        for (var index = 0; index < columns.Length; index++)
            columns[index].Index = index;
        return [.. columns];
    }

    private ConnectionColumn Default()
    {
        IsDefault = true;
        return this;
    }

    private ConnectionColumn InMono()
    {
        Class = $"{Class} mono".TrimStart();
        return this;
    }

    private ConnectionColumn Clipped()
    {
        (IsClipped, Class) = (true, $"{Class} clip-cell".TrimStart());
        return this;
    }
}

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
            Of(Route, "Route", one => one.RouteName, one => one.RouteName).Default(),
            Of("path", "Host and path", one => one.Host + one.Path, one => one.Host + one.Path).Default().InMono().Clipped(),
            Of("server", "Server", one => one.ServerAddress, one => one.ServerAddress).Default().InMono(),
            Of("pool", "Pool", one => one.PoolName, one => one.PoolName),
            Of("client", "Client", one => one.Client, one => one.Client).Default().InMono(),
            Of("upgrade", "Protocol", one => one.UpgradedTo, one => one.UpgradedTo),
            Of("protocol", "HTTP version", one => one.Protocol, one => one.Protocol),
            Of("tls", "TLS", one => one.IsTls ? "yes (wss)" : "no (ws)", one => one.IsTls ? 1 : 0),
            Of("origin", "Origin", one => one.Origin ?? None, one => one.Origin ?? "").InMono().Clipped(),
            Of("agent", "User agent", one => one.UserAgent ?? None, one => one.UserAgent ?? "").Clipped(),
            Of("subprotocol", "Subprotocol", one => one.Subprotocol ?? None, one => one.Subprotocol ?? "").InMono(),
            Of(
                "compression",
                "Compression",
                one => ConnectionWords.Compression(one.Extensions),
                one => ConnectionWords.Compression(one.Extensions)
            ),
            Of("age", "Age", one => Shown.Duration(one.Age), one => one.Age).Default(),
            Of("idle", "Idle", one => Shown.Duration(one.IdleFor), one => one.IdleFor).Default(),
            Of(
                    "messages",
                    "Messages in / out",
                    one => Pair(Shown.Count(one.FromClient.Counts.Messages), Shown.Count(one.FromServer.Counts.Messages)),
                    one => one.FromClient.Counts.Messages + one.FromServer.Counts.Messages
                )
                .Default(),
            Of(
                    "bytes",
                    "Bytes in / out",
                    one => Pair(Shown.Bytes(one.FromClient.Counts.WireBytes), Shown.Bytes(one.FromServer.Counts.WireBytes)),
                    one => one.FromClient.Counts.WireBytes + one.FromServer.Counts.WireBytes
                )
                .Default(),
            Of("message-rate", "Messages/s", one => Shown.Rate(one.Rates.Messages), one => one.Rates.Messages),
            Of("byte-rate", "Bytes/s", one => Shown.Bytes(one.Rates.Bytes), one => one.Rates.Bytes),
            Of("pings", "Pings", one => Shown.Count(ConnectionWords.Pings(one)), ConnectionWords.Pings),
            Of("revision", "Revision", one => Shown.Count(one.Revision), one => one.Revision),
            Of("relay", "Relay", one => RelayNames.Of(one.Relay), one => RelayNames.Of(one.Relay))
        );

    /// <summary>Those that are shown until somebody chooses.</summary>
    public static ImmutableArray<ConnectionColumn> Defaults { get; } = [.. All.Where(column => column.IsDefault)];

    /// <summary>Its name in addresses and in the browser's memory.</summary>
    public string Key { get; }

    /// <summary>Its heading.</summary>
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
            (down ? all.OrderByDescending(by, comparer) : all.OrderBy(by, comparer)).ThenByDescending(one => one.Id)
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

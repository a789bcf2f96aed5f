using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;

namespace Appliance.Web.Control;

/// <summary>
/// Which connections are meant, as texts that travel: the same on the command line, in an address, and in a body. All that is set must
/// hold.
/// </summary>
public sealed record FilterTexts
{
    /// <summary>The name of a route; null: any route.</summary>
    public string? Route { get; init; }

    /// <summary>The name of a pool; null: any pool.</summary>
    public string? Pool { get; init; }

    /// <summary>A server's address, as configured.</summary>
    public string? Server { get; init; }

    /// <summary>A client's address or network.</summary>
    public string? Client { get; init; }

    /// <summary>Open for at least this long, in nginx's syntax.</summary>
    public string? OlderThan { get; init; }

    /// <summary>Without a byte for at least this long, in nginx's syntax.</summary>
    public string? Idle { get; init; }

    /// <summary>Opened under a revision before this one.</summary>
    public long? BeforeRevision { get; init; }

    /// <summary>Words that must all stand somewhere in what describes a connection.</summary>
    public string? Search { get; init; }

    /// <summary>The filter, or a sentence about what is wrong with it.</summary>
    public (ConnectionFilter Filter, string? Fault) Read()
    {
        if (Time(OlderThan) is (false, _))
            return (ConnectionFilter.All, NoTime(OlderThan));
        if (Time(Idle) is (false, _))
            return (ConnectionFilter.All, NoTime(Idle));
        var client = Client is null ? null : ConnectionFilter.ParseClient(Client);
        if (Client is not null && client is null)
            return (ConnectionFilter.All, $"\"{Client}\" is neither an address nor a network; write it as 10.0.0.7 or 10.0.0.0/8.");
        return (
            new()
            {
                Route = Route,
                Pool = Pool,
                Server = Server,
                Client = client,
                OlderThan = Time(OlderThan).Span,
                IdleFor = Time(Idle).Span,
                BeforeRevision = BeforeRevision,
                Text = Search,
            },
            null
        );
    }

    /// <summary>As the query of an address, without its question mark.</summary>
    public string ToQueryString() =>
        string.Join(
            '&',
            Pairs().Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value ?? "")}")
        );

    /// <summary>The sentence about a text that is no time.</summary>
    public static string NoTime(string? text) => $"\"{text}\" is not a time; write it as 300s, 5m, 1h or 500ms.";

    private IEnumerable<(string Name, string? Value)> Pairs() =>
        [
            ("route", Route),
            ("pool", Pool),
            ("server", Server),
            ("client", Client),
            ("olderThan", OlderThan),
            ("idle", Idle),
            ("beforeRevision", BeforeRevision?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("search", Search),
        ];

    private static (bool Ok, TimeSpan? Span) Time(string? text) =>
        text is null ? (true, null)
        : NginxTime.TryParse(text, out var span) ? (true, span)
        : (false, null);
}

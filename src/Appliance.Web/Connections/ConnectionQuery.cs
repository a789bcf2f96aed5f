using System.Globalization;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Connections;

/// <summary>
/// What the table shows, as it stands in the address of the page: a link to it shows the same to everybody. Texts are as they were typed.
/// </summary>
public sealed record ConnectionQuery
{
    /// <summary>The address of the page.</summary>
    public const string Path = "/connections";

    /// <summary>Words that must stand somewhere.</summary>
    public string Text { get; init; } = "";

    /// <summary>The name of a route; empty: any route.</summary>
    public string Route { get; init; } = "";

    /// <summary>The name of a pool; empty: any pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>The address of a server; empty: any server.</summary>
    public string Server { get; init; } = "";

    /// <summary>A client's address, or a network.</summary>
    public string Client { get; init; } = "";

    /// <summary>Open at least for: 30s, 5m.</summary>
    public string Age { get; init; } = "";

    /// <summary>Idle at least for.</summary>
    public string Idle { get; init; } = "";

    /// <summary>A column's key, with a minus before it for the largest or last first; empty: the newest first.</summary>
    public string Sort { get; init; } = "";

    /// <summary>The page, from 0.</summary>
    public int Page { get; init; }

    /// <summary>The column that sorts, or null.</summary>
    public ConnectionColumn? SortColumn => ConnectionColumn.Find(Sort.TrimStart('-'));

    /// <summary>The largest or last first.</summary>
    public bool Down => Sort.StartsWith('-');

    /// <summary>What is wrong with the client, or null.</summary>
    public string? ClientFault =>
        Client.Length > 0 && ConnectionFilter.ParseClient(Client) is null ? "An address or a network, such as 10.0.0.0/8." : null;

    /// <summary>What is wrong with the age, or null.</summary>
    public string? AgeFault => Fault(Age);

    /// <summary>What is wrong with the idle time, or null.</summary>
    public string? IdleFault => Fault(Idle);

    /// <summary>True when something besides order and page is chosen.</summary>
    public bool IsFiltered => this with { Sort = "", Page = 0 } != new ConnectionQuery();

    /// <summary>Which connections are meant; null while a field is wrong: nothing must be closed by half of a filter.</summary>
    public ConnectionFilter? Filter =>
        (ClientFault ?? AgeFault ?? IdleFault) is not null
            ? null
            : new()
            {
                Text = Given(Text),
                Route = Given(Route),
                Pool = Given(Pool),
                Server = Given(Server),
                Client = Client.Length > 0 ? ConnectionFilter.ParseClient(Client) : null,
                OlderThan = Time(Age),
                IdleFor = Time(Idle),
            };

    /// <summary>Reads an address, absolute or not; what it does not know it leaves out.</summary>
    public static ConnectionQuery Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(QueryOf(address));
        string Value(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";
        var sort = Value("sort");
        return new()
        {
            Text = Value("q"),
            Route = Value("route"),
            Pool = Value("pool"),
            Server = Value("server"),
            Client = Value("client"),
            Age = Value("age"),
            Idle = Value("idle"),
            Sort = ConnectionColumn.Find(sort.TrimStart('-')) is null ? "" : sort,
            Page = int.TryParse(Value("page"), CultureInfo.InvariantCulture, out var page) ? Math.Max(0, page - 1) : 0,
        };
    }

    /// <summary>The connection whose details an address shows, or null.</summary>
    public static long? OpenIn(string address) =>
        QueryHelpers.ParseQuery(QueryOf(address)).TryGetValue("id", out var value)
        && long.TryParse(value, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    /// <summary>The address that shows this, with the details of a connection when one is given.</summary>
    public string Address(long? open = null)
    {
        (string Name, string Value)[] parts =
        [
            ("q", Text),
            ("route", Route),
            ("pool", Pool),
            ("server", Server),
            ("client", Client),
            ("age", Age),
            ("idle", Idle),
            ("sort", Sort),
            ("page", Page > 0 ? (Page + 1).ToString(CultureInfo.InvariantCulture) : ""),
            ("id", open?.ToString(CultureInfo.InvariantCulture) ?? ""),
        ];
        var query = string.Join(
            '&',
            parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value)}")
        );
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>
    /// A column's heading was pressed: numbers the largest first, texts from A on; then the other way; then the newest first again.
    /// </summary>
    public ConnectionQuery SortBy(ConnectionColumn column)
    {
        var (first, second) = column.IsNumber ? ("-" + column.Key, column.Key) : (column.Key, "-" + column.Key);
        return this with
        {
            Page = 0,
            Sort =
                Sort == first ? second
                : Sort == second ? ""
                : first,
        };
    }

    private static string QueryOf(string address) =>
        address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? address[at..].Split('#')[0] : "";

    private static string? Given(string text) => text.Length > 0 ? text : null;

    private static TimeSpan? Time(string text) => text.Length > 0 && NginxTime.TryParse(text, out var span) ? span : null;

    private static string? Fault(string text) => text.Length > 0 && Time(text) is null ? "A time such as 30s, 5m or 2h." : null;
}

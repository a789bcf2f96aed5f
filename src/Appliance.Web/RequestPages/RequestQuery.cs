using System.Globalization;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.RequestPages;

/// <summary>Which requests are shown, as it stands in the address of the page.</summary>
public sealed record RequestQuery
{
    /// <summary>The address of the page.</summary>
    public const string Path = "/requests";

    /// <summary>All of 500 and above, and those that a server did not answer to its end; faults of clients are not among them.</summary>
    public const string Failed = "failed";

    /// <summary>What <see cref="Status"/> takes besides nothing and a single status, with its words.</summary>
    public static readonly (string Value, string Words)[] Classes =
    [
        (Failed, "failed"),
        ("5xx", "5xx"),
        ("4xx", "4xx"),
        ("3xx", "3xx"),
        ("2xx", "2xx"),
        ("1xx", "1xx, WebSockets"),
    ];

    /// <summary>Words that must stand somewhere: in host, path, client, server, route, reason or request id.</summary>
    public string Text { get; init; } = "";

    /// <summary>A class of statuses, <see cref="Failed"/>, or one status; empty: any.</summary>
    public string Status { get; init; } = "";

    /// <summary>The name of a route; empty: any, and none.</summary>
    public string Route { get; init; } = "";

    /// <summary>The name of a pool; empty: any, and none.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Host and port of a server that was asked; empty: any, and none.</summary>
    public string Server { get; init; } = "";

    /// <summary>A client's address; empty: any.</summary>
    public string Client { get; init; } = "";

    /// <summary>A host; empty: any.</summary>
    public string Host { get; init; } = "";

    /// <summary>A method; empty: any.</summary>
    public string Method { get; init; } = "";

    /// <summary>Milliseconds that it took at least; 0: however long.</summary>
    public int Slow { get; init; }

    /// <summary>The slowest first; false: the newest first.</summary>
    public bool SlowestFirst { get; init; }

    /// <summary>The page, from 0.</summary>
    public int Page { get; init; }

    /// <summary>True when something is chosen.</summary>
    public bool IsFiltered => this with { Page = 0, SlowestFirst = false } != new RequestQuery();

    /// <summary>Reads what an address of the page says.</summary>
    public static RequestQuery Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(
            address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? address[at..].Split('#')[0] : ""
        );
        string Value(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";
        int Number(string name) => int.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return new()
        {
            Text = Value("q"),
            Status = IsStatus(Value("status")) ? Value("status") : "",
            Route = Value("route"),
            Pool = Value("pool"),
            Server = Value("server"),
            Client = Value("client"),
            Host = Value("host"),
            Method = Value("method").ToUpperInvariant(),
            Slow = Number("slow"),
            SlowestFirst = Value("sort") == "slowest",
            Page = Math.Clamp(Number("page") - 1, 0, RecentRequests.Kept),
        };
    }

    /// <summary>The address that shows this.</summary>
    public string Address()
    {
        (string Name, string Value)[] parts =
        [
            ("q", Text),
            ("status", Status),
            ("route", Route),
            ("pool", Pool),
            ("server", Server),
            ("client", Client),
            ("host", Host),
            ("method", Method),
            ("slow", Slow > 0 ? Slow.ToString(CultureInfo.InvariantCulture) : ""),
            ("sort", SlowestFirst ? "slowest" : ""),
            ("page", Page > 0 ? (Page + 1).ToString(CultureInfo.InvariantCulture) : ""),
        ];
        var query = string.Join(
            '&',
            parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value)}")
        );
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>Those that are meant, a page of them, and how many there are.</summary>
    public (IReadOnlyList<PastRequest> Some, int Found) Of(RecentRequests requests, int size)
    {
        var words = Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!SlowestFirst)
            return requests.Find(request => IsMeant(request, words), Page * size, size);
        var (all, found) = requests.Find(request => IsMeant(request, words), 0, RecentRequests.Kept);
        return ([.. all.OrderByDescending(request => request.Duration).Skip(Page * size).Take(size)], found);
    }

    /// <summary>
    /// True for one of 500 and above, and for one that a server did not answer to its end. Not when the client left or spoilt its request,
    /// and not when it was refused with a 4xx and no server was asked.
    /// </summary>
    public static bool HasFailed(PastRequest request) =>
        !request.HasLeft && (request.Status >= 500 || request is { Failure: not null, IsSpoilt: false, Last.Address: not null });

    /// <summary>True for one that is meant.</summary>
    public bool IsMeant(PastRequest request) => IsMeant(request, Text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private bool IsMeant(PastRequest request, string[] words) =>
        (Status.Length == 0 || HasStatus(request))
        && (Slow == 0 || request.Duration.TotalMilliseconds >= Slow)
        && Is(Route, request.RouteName)
        && Is(Pool, request.PoolName)
        && Is(Method, request.Method)
        && (Host.Length == 0 || request.Host.Equals(Host, StringComparison.OrdinalIgnoreCase))
        && (Client.Length == 0 || request.Client?.ToString() == Client)
        && (Server.Length == 0 || request.Tries.Any(one => one.Address == Server))
        && words.All(word => Has(request, word));

    private bool HasStatus(PastRequest request) =>
        Status == Failed ? HasFailed(request)
        : Status == "1xx" ? request.IsTunnel || request.Status / 100 == 1
        : Status.EndsWith("xx", StringComparison.Ordinal) ? request.Status / 100 == Status[0] - '0'
        : request.Status.ToString(CultureInfo.InvariantCulture) == Status;

    private static bool Has(PastRequest request, string word) =>
        In(request.Host, word)
        || In(HeaderText.Shown(request.Path), word)
        || In(request.RouteName, word)
        || In(request.Failure, word)
        || In(request.RequestId, word)
        || In(request.Client?.ToString(), word)
        || request.Tries.Any(one => In(one.Address, word))
        || request.Status.ToString(CultureInfo.InvariantCulture) == word;

    private static bool In(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;

    private static bool Is(string wanted, string text) => wanted.Length == 0 || wanted == text;

    private static bool IsStatus(string text) =>
        Classes.Any(known => known.Value == text) || (text.Length == 3 && text.All(char.IsAsciiDigit));
}

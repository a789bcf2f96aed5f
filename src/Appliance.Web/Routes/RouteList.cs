using System.Collections.Immutable;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Routes;

/// <summary>Searching, sorting and grouping of routes: pure, and quick enough to run at every keystroke over ten thousand.</summary>
public static class RouteList
{
    /// <summary>
    /// The routes that have every word of <paramref name="search"/> in their name, a host, the path, a tag, or what they do.
    /// </summary>
    public static IEnumerable<Route> Search(ImmutableArray<Route> routes, string search)
    {
        var words = search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? routes : routes.Where(route => Has(route, words));
    }

    /// <summary>Sorted by a column; <c>order</c> is the order of the config.</summary>
    public static IEnumerable<Route> Sort(
        IEnumerable<Route> routes,
        string column,
        bool down,
        IReadOnlyDictionary<Guid, TrafficFigures> traffic
    )
    {
        var sorted = column switch
        {
            "name" => routes.OrderBy(route => route.Name, StringComparer.OrdinalIgnoreCase),
            "host" => routes
                .OrderBy(route => route.Hosts.IsEmpty ? "\uffff" : route.Hosts[0], StringComparer.OrdinalIgnoreCase)
                .ThenBy(route => route.Path, StringComparer.Ordinal),
            "path" => routes.OrderBy(route => route.Path, StringComparer.Ordinal),
            "does" => routes.OrderBy(RouteWords.Does, StringComparer.OrdinalIgnoreCase),
            "rate" => routes.OrderByDescending(route => traffic.TryGetValue(route.Id, out var figures) ? figures.RequestsPerSecond : 0),
            "sockets" => routes.OrderByDescending(route => traffic.TryGetValue(route.Id, out var figures) ? figures.Counts.SocketsOpen : 0),
            _ => routes,
        };
        return down ? sorted.Reverse() : sorted;
    }

    /// <summary>
    /// One entry for each host and route, in the order in which nginx and we match: exact hosts, <c>*.x</c>, <c>x.*</c>, regexes in their
    /// order, then routes for every host; within a host exact paths, then the longest <c>^~</c>, then regexes in their order, then prefixes
    /// from the longest.
    /// </summary>
    public static IEnumerable<HostedRoute> ByHost(IEnumerable<Route> routes)
    {
        var place = 0;
        var firstSeen = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = new List<(string Host, Route Route, int Place)>();
        foreach (var route in routes)
        {
            foreach (var host in route.Hosts.IsEmpty ? [""] : route.Hosts.Select(HostPattern.Normalize))
            {
                firstSeen.TryAdd(host, place);
                all.Add((host, route, place++));
            }
        }

        return all.OrderBy(entry => HostRank(entry.Host))
            .ThenBy(entry => entry.Host.StartsWith('~') ? firstSeen[entry.Host] : 0)
            .ThenByDescending(entry => HostRank(entry.Host) is 1 or 2 ? entry.Host.Length : 0)
            .ThenBy(entry => entry.Host, StringComparer.Ordinal)
            .ThenBy(entry => PathRank(entry.Route))
            .ThenByDescending(entry => IsRegex(entry.Route) ? 0 : entry.Route.Path.Length)
            .ThenBy(entry => IsRegex(entry.Route) ? "" : entry.Route.Path, StringComparer.Ordinal)
            .ThenBy(entry => entry.Place)
            .Select(entry => new HostedRoute(entry.Host, entry.Route));
    }

    /// <summary>True when the route has every one of the words in its name, a host, the path, a tag, or what it does.</summary>
    public static bool Has(Route route, IReadOnlyList<string> words) => words.All(word => Has(route, word));

    /// <summary>True for a route whose place among others counts.</summary>
    public static bool IsRegex(Route route) => route.PathKind is PathKind.Regex or PathKind.RegexIgnoreCase;

    private static int HostRank(string host) =>
        host.Length == 0 ? 4
        : host.StartsWith('~') ? 3
        : host.EndsWith(".*", StringComparison.Ordinal) ? 2
        : host.StartsWith("*.", StringComparison.Ordinal) ? 1
        : 0;

    private static int PathRank(Route route) =>
        route.PathKind switch
        {
            PathKind.Exact => 0,
            PathKind.PrefixNoRegex => 1,
            PathKind.Prefix => 3,
            _ => 2,
        };

    private static bool Has(Route route, string word)
    {
        static bool In(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
        return In(route.Name, word)
            || In(route.Path, word)
            || route.Hosts.Any(host => In(host, word))
            || route.Tags.Any(tag => In(tag, word))
            || In(RouteWords.Does(route), word);
    }
}

/// <summary>A route under one of its hosts.</summary>
/// <param name="Host">The pattern; empty: every host that no other route names.</param>
/// <param name="Route">The route.</param>
public sealed record HostedRoute(string Host, Route Route);

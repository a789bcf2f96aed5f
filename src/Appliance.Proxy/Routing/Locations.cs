using System.Text.RegularExpressions;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>
/// The locations of one host in nginx's order. Immutable. A location is the group of routes with the same path and kind, which differ by
/// method and conditions.
/// </summary>
internal sealed class Locations
{
    /// <summary>Up to this many prefixes a scan beats a dictionary.</summary>
    private const int ScanLimit = 8;

    private readonly Dictionary<string, CompiledRoute[]> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CompiledRoute[]> _prefixes = new(StringComparer.Ordinal);
    private readonly (string Path, CompiledRoute[] Routes)[] _longestFirst;
    private readonly int[] _lengths;
    private readonly CompiledRoute[][] _regexes;

    public Locations(List<CompiledRoute> routes)
    {
        var inOrder = new List<List<CompiledRoute>>();
        foreach (var route in routes)
        {
            switch (route.Route.PathKind)
            {
                case PathKind.Exact:
                    _exact[route.PathBytes] = [.. _exact.GetValueOrDefault(route.PathBytes) ?? [], route];
                    break;
                case PathKind.Prefix or PathKind.PrefixNoRegex:
                    _prefixes[route.PathBytes] = [.. _prefixes.GetValueOrDefault(route.PathBytes) ?? [], route];
                    break;
                default:
                    var same = inOrder.Find(group =>
                        group[0].Route.Path == route.Route.Path && group[0].Route.PathKind == route.Route.PathKind
                    );
                    if (same is null)
                        inOrder.Add([route]);
                    else
                        same.Add(route);
                    break;
            }
        }

        _regexes = [.. inOrder.Select(group => group.ToArray())];
        _longestFirst =
            _prefixes.Count > ScanLimit
                ? []
                : [.. _prefixes.OrderByDescending(prefix => prefix.Key.Length).Select(prefix => (prefix.Key, prefix.Value))];
        _lengths = _prefixes.Count > ScanLimit ? [.. _prefixes.Keys.Select(path => path.Length).Distinct().OrderDescending()] : [];
    }

    public RouteMatch Find(RequestFacts facts)
    {
        var path = facts.Path.Normalized;

        // 1. "=" ends the search.
        if (_exact.TryGetValue(path, out var group))
            return Decide(group, facts);

        // 2. The longest prefix is remembered. A proxying "/x/" asked for as "/x" is a redirect, unless "/x" itself is a location.
        var remembered = LongestPrefix(path, out var length);
        if ((remembered is null || length < path.Length) && AddsSlash(path, facts) is { } slash)
            return new(RouteOutcome.AddSlash, slash, null);

        // 3. Regexes in order, unless "^~" forbids.
        if (remembered is null || !Array.Exists(remembered, route => route.Route.PathKind == PathKind.PrefixNoRegex))
        {
            foreach (var candidates in _regexes)
            {
                if (Match(candidates, path) is { } match)
                {
                    facts.PathCaptures = match;
                    return Decide(candidates, facts);
                }
            }
        }

        // 4. The remembered prefix.
        return remembered is null ? default : Decide(remembered, facts);
    }

    private static Match? Match(CompiledRoute[] group, string path)
    {
        try
        {
            return group[0].PathRegex is { } regex ? NginxRegex.Match(regex, path) : null;
        }
        catch (RegexOutOfTimeException slow)
        {
            slow.StandsIn("path", group[0].Route.Path, [.. group.Select(route => route.Route.Id)]);
            throw;
        }
    }

    private CompiledRoute[]? LongestPrefix(string path, out int length)
    {
        foreach (var (prefix, routes) in _longestFirst)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                length = prefix.Length;
                return routes;
            }
        }

        var lookup = _prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var candidate in _lengths)
        {
            if (candidate <= path.Length && lookup.TryGetValue(path.AsSpan(0, candidate), out var routes))
            {
                length = candidate;
                return routes;
            }
        }

        length = 0;
        return null;
    }

    // nginx's auto_redirect: "= /x/" before "/x/", when either of them proxies.
    private CompiledRoute? AddsSlash(string path, RequestFacts facts)
    {
        if (path.EndsWith('/'))
            return null;
        return (_exact.Count > 0 && _exact.TryGetValue(path + "/", out var group) ? Proxying(group, facts) : null)
            ?? (SlashPrefix(path) is { } prefix ? Proxying(prefix, facts) : null);
    }

    private CompiledRoute[]? SlashPrefix(string path)
    {
        if (_prefixes.Count == 0)
            return null;
        if (_longestFirst.Length == 0)
            return _prefixes.GetValueOrDefault(path + "/");
        foreach (var (prefix, routes) in _longestFirst)
        {
            if (prefix.Length == path.Length + 1 && prefix[^1] == '/' && prefix.StartsWith(path, StringComparison.Ordinal))
                return routes;
        }

        return null;
    }

    // The one that would take the request behind the redirect, else the first: its response headers go with the answer.
    private static CompiledRoute? Proxying(CompiledRoute[] group, RequestFacts facts)
    {
        CompiledRoute? first = null;
        foreach (var route in group)
        {
            if (route.Route.Action is not RouteAction.Proxy)
                continue;
            if (Accepts(route.Route, facts.Method) && Hold(route, facts))
                return route;
            first ??= route;
        }

        return first;
    }

    private static bool Hold(CompiledRoute route, RequestFacts facts)
    {
        try
        {
            return route.Conditions.Hold(facts);
        }
        catch (RegexOutOfTimeException slow)
        {
            slow.StandsIn(slow.Place, slow.Pattern, [route.Route.Id]);
            throw;
        }
    }

    // The location is decided; what refines it can only refuse.
    private static RouteMatch Decide(CompiledRoute[] group, RequestFacts facts)
    {
        string? allowed = null;
        CompiledRoute? refusing = null;
        foreach (var route in group)
        {
            if (!Hold(route, facts))
                continue;
            if (Accepts(route.Route, facts.Method))
                return new(RouteOutcome.Found, route, null);
            refusing ??= route;
            allowed = allowed is null ? string.Join(", ", route.Route.Methods) : $"{allowed}, {string.Join(", ", route.Route.Methods)}";
        }

        return refusing is null ? default : new(RouteOutcome.MethodNotAllowed, refusing, allowed);
    }

    private static bool Accepts(Route route, string method)
    {
        if (route.Methods.IsEmpty)
            return true;
        foreach (var allowed in route.Methods)
        {
            if (allowed.Equals(method, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}

using System.Text.RegularExpressions;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>
/// Finds the route of a request in nginx's order: host (exact, longest <c>*.x</c>, longest <c>x.*</c>, first regex, default), then
/// location. Disabled routes are not in it. Immutable; no allocation on a hit without regex.
/// </summary>
public sealed class RouteTable
{
    private readonly Dictionary<string, Server> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Server> _leading = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Server> _trailing = new(StringComparer.Ordinal);
    private readonly List<(Regex Regex, Server Server)> _regexes = [];
    private readonly Server? _byDefault;

    private RouteTable(IReadOnlyList<CompiledRoute> routes)
    {
        var servers = new Dictionary<string, List<CompiledRoute>>(StringComparer.Ordinal);
        var inOrder = new List<(string Pattern, Regex? Regex)>();
        var unnamed = new List<CompiledRoute>();
        foreach (var route in routes)
        {
            if (!route.Route.Enabled)
                continue;
            if (route.Route.Hosts.IsEmpty)
                unnamed.Add(route);
            foreach (var host in route.Hosts)
            {
                if (!servers.TryGetValue(host.Pattern, out var list))
                {
                    servers[host.Pattern] = list = [];
                    inOrder.Add(host);
                }

                if (list.Count == 0 || list[^1] != route)
                    list.Add(route);
            }
        }

        foreach (var (pattern, regex) in inOrder)
            Enter(pattern, regex, ServerOf(pattern, servers[pattern]));
        _byDefault = unnamed.Count == 0 ? null : ServerOf("", unnamed);
        MayBacktrack = routes.Any(route => route.Route.Enabled && route.MayBacktrack);
    }

    /// <summary>True when finding a route may take long (<see cref="NginxRegex.MayBacktrack"/>).</summary>
    public bool MayBacktrack { get; }

    /// <summary>A table without routes: every request is 404.</summary>
    public static RouteTable Empty { get; } = Build([]);

    /// <summary>Builds from routes in config order.</summary>
    public static RouteTable Build(IReadOnlyList<CompiledRoute> routes) => new(routes);

    /// <summary>The decision for this request. Sets ServerName and captures in <paramref name="facts"/>.</summary>
    public RouteMatch Find(RequestFacts facts)
    {
        if (FindServer(facts) is not { } server)
            return default;
        facts.ServerName = server.Name;
        return server.Locations.Find(facts);
    }

    private static Server ServerOf(string pattern, List<CompiledRoute> routes) =>
        new(pattern, HeaderText.FromConfig(pattern.TrimStart('.')), new(routes), [.. routes.Select(route => route.Route.Id)]);

    private void Enter(string pattern, Regex? regex, Server server)
    {
        if (regex is not null)
        {
            _regexes.Add((regex, server));
        }
        else if (pattern.StartsWith("*.", StringComparison.Ordinal))
        {
            _leading.TryAdd(pattern[2..], server);
        }
        else if (pattern.EndsWith(".*", StringComparison.Ordinal))
        {
            _trailing.TryAdd(pattern[..^2], server);
        }
        else if (pattern.StartsWith('.'))
        {
            _exact.TryAdd(pattern[1..], server);
            _leading.TryAdd(pattern[1..], server);
        }
        else
        {
            _exact.TryAdd(pattern, server);
        }
    }

    private Server? FindServer(RequestFacts facts)
    {
        var host = facts.Host;
        if (host.Length == 0)
            return _byDefault;
        if (_exact.TryGetValue(host, out var server))
            return server;
        if (_leading.Count > 0)
        {
            var lookup = _leading.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.', dot + 1))
            {
                if (lookup.TryGetValue(host.AsSpan(dot + 1), out server))
                    return server;
            }
        }

        if (_trailing.Count > 0)
        {
            var lookup = _trailing.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var dot = host.LastIndexOf('.'); dot > 0; dot = host.LastIndexOf('.', dot - 1))
            {
                if (lookup.TryGetValue(host.AsSpan(0, dot), out server))
                    return server;
            }
        }

        foreach (var (regex, candidate) in _regexes)
        {
            if (Match(regex, candidate, host) is { } match)
            {
                facts.HostCaptures = match;
                return candidate;
            }
        }

        return _byDefault;
    }

    private static Match? Match(Regex regex, Server server, string host)
    {
        try
        {
            return NginxRegex.Match(regex, host);
        }
        catch (RegexOutOfTimeException slow)
        {
            slow.StandsIn("host", server.Pattern, server.Routes);
            throw;
        }
    }

    /// <param name="Pattern">As in the routes, lower case.</param>
    /// <param name="Name">nginx's <c>$server_name</c>: a leading dot is no part of a name.</param>
    /// <param name="Locations">What is behind it.</param>
    /// <param name="Routes">The routes that name it.</param>
    private sealed record Server(string Pattern, string Name, Locations Locations, IReadOnlyList<Guid> Routes);
}

using Appliance.Proxy.Config;
using Appliance.Web.Certificates;
using Appliance.Web.Routes;

namespace Appliance.Web.Frame;

/// <summary>One thing the search at the top found.</summary>
/// <param name="Icon">Its kind's icon.</param>
/// <param name="Name">Its name.</param>
/// <param name="Detail">Why it was found.</param>
/// <param name="Path">Its page.</param>
public sealed record SearchHit(string Icon, string Name, string Detail, string Path)
{
    private const int Most = 12;

    /// <summary>At most twelve, names that begin with the text first.</summary>
    public static IReadOnlyList<SearchHit> Find(ProxyConfig config, CertificateList certificates, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return [];
        bool In(string value) => words.All(word => value.Contains(word, StringComparison.OrdinalIgnoreCase));
        var routes = RouteList.Search(config.Routes, text)
            .Select(route => new SearchHit("routes", route.Name, $"{(route.Hosts.FirstOrDefault(host => words.Any(word => host.Contains(word, StringComparison.OrdinalIgnoreCase))) ?? route.Hosts.FirstOrDefault())}{route.Path}", $"/routes/{route.Id}"));
        var pools = config.UpstreamPools.Where(pool => In(pool.Name) || pool.Servers.Any(server => In(server.Address)))
            .Select(pool => new SearchHit("pools", pool.Name, string.Join(" ", pool.Servers.Take(2).Select(server => server.Address)), $"/pools/{pool.Id}"));
        var maps = config.HeaderMaps.Where(map => In(map.Name) || In(map.Source))
            .Select(map => new SearchHit("maps", map.Name, map.Source, $"/maps/{map.Id}"));
        var held = certificates.Lines.Where(line => words.All(line.Has)).Select(line => new SearchHit("certificates", line.Name, string.Join(" ", line.Names.Take(3)), line.Path));
        var policies = config.TlsPolicies.Where(policy => In(policy.Name) || policy.Hosts.Any(In))
            .Select(policy => new SearchHit("policies", policy.Name, policy.Hosts.IsEmpty ? "every other host" : string.Join(" ", policy.Hosts.Take(2)), $"/tls-policies/{policy.Id}"));

        // Each kind gets its share, so that ten thousand routes do not hide the one pool.
        return [.. new[] { routes, pools, maps, held, policies }.SelectMany(kind => kind.Take(Most)).OrderByDescending(hit => hit.Name.TrimStart('$').StartsWith(words[0], StringComparison.OrdinalIgnoreCase)).Take(Most)];
    }
}

using Appliance.Proxy.Config;
using Appliance.Web.Certificates;
using Appliance.Web.Routes;
using Appliance.Web.Search;

namespace Appliance.Web.Frame;

/// <summary>The part of the search that knows the items of the config, and the certificates.</summary>
public static class ItemSearch
{
    private const int Most = 12;

    /// <summary>At most twelve, names that begin with the text first.</summary>
    public static IReadOnlyList<SearchHit> Find(ProxyConfig config, CertificateList certificates, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return [];
        bool In(string value) => words.All(word => value.Contains(word, StringComparison.OrdinalIgnoreCase));
        bool HasOne(string value) => words.Any(word => value.Contains(word, StringComparison.OrdinalIgnoreCase));
        var routes = RouteList.Search(config.Routes, text)
            .Select(route => Hit("routes", route.Name, $"{route.Hosts.FirstOrDefault(HasOne) ?? route.Hosts.FirstOrDefault()}{route.Path}", $"/routes/{route.Id}"));
        var pools = config.UpstreamPools.Where(pool => In(pool.Name) || pool.Servers.Any(server => In(server.Address)))
            .Select(pool => Hit("pools", pool.Name, string.Join(" ", pool.Servers.Take(2).Select(server => server.Address)), $"/pools/{pool.Id}"));
        var maps = config.HeaderMaps.Where(map => In(map.Name) || In(map.Source))
            .Select(map => Hit("maps", map.Name, map.Source, $"/maps/{map.Id}"));
        var held = certificates.Lines.Where(line => words.All(line.Has))
            .Select(line => Hit("certificates", line.Name, string.Join(" ", line.Names.Take(3)), line.Path));
        var policies = config.TlsPolicies.Where(policy => In(policy.Name) || policy.Hosts.Any(In))
            .Select(policy => Hit("policies", policy.Name, policy.Hosts.IsEmpty ? "every other host" : string.Join(" ", policy.Hosts.Take(2)), $"/tls-policies/{policy.Id}"));

        // Each kind gets its share, so that ten thousand routes do not hide the one pool.
        return
        [
            .. new[] { routes, pools, maps, held, policies }.SelectMany(kind => kind.Take(Most))
                .OrderByDescending(hit => hit.Name.TrimStart('$').StartsWith(words[0], StringComparison.OrdinalIgnoreCase)).Take(Most),
        ];
    }

    private static SearchHit Hit(string icon, string name, string detail, string path) => new(SearchGroup.Items, icon, name, detail) { Path = path };
}

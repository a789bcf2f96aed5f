using System.Collections.Immutable;
using Appliance.Proxy.Routing;

namespace Appliance.Web.Routes;

/// <summary>The order of regex routes: the only one that matching depends on.</summary>
public static class RouteOrder
{
    /// <summary>
    /// Moves a route before (<paramref name="by"/> -1) or behind (+1) the next regex route with which it shares a host. Returns the same
    /// array when no such route follows in that direction.
    /// </summary>
    public static ImmutableArray<Route> Move(ImmutableArray<Route> routes, Guid id, int by)
    {
        var from = -1;
        for (var index = 0; index < routes.Length; index++)
        {
            if (routes[index].Id == id)
                from = index;
        }

        if (from < 0)
            return routes;
        var route = routes[from];
        for (var to = from + by; to >= 0 && to < routes.Length; to += by)
        {
            if (RouteList.IsRegex(routes[to]) && ShareHost(route, routes[to]))
                return routes.RemoveAt(from).Insert(to, route);
        }

        return routes;
    }

    private static bool ShareHost(Route one, Route other) =>
        (one.Hosts.IsEmpty && other.Hosts.IsEmpty)
        || one.Hosts.Select(HostPattern.Normalize).Intersect(other.Hosts.Select(HostPattern.Normalize)).Any();
}

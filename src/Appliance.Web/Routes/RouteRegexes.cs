using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Routes;

/// <summary>Whether a route answered 500 because one of its regular expressions ran out of time.</summary>
public static class RouteRegexes
{
    /// <summary>The expression, as long as the config has it; null: none ran out of time, or it was changed since.</summary>
    public static SlowRegex? Slow(TrafficView traffic, ProxyConfig config, Route route) =>
        traffic.SlowRegexes.GetValueOrDefault(route.Id) is { } slow
        && (StandsIn(route, slow.Pattern) || config.HeaderMaps.Any(map => StandsIn(map, slow.Pattern)))
            ? slow
            : null;

    private static bool StandsIn(Route route, string pattern) =>
        (RouteList.IsRegex(route) && route.Path == pattern)
        || route.Hosts.Contains(pattern)
        || route
            .HeaderConditions.Concat(route.QueryConditions)
            .Any(condition => condition.Kind == ConditionKind.Regex && condition.Value == pattern);

    private static bool StandsIn(HeaderMap map, string pattern) =>
        map.Rows.Any(row => row.Kind is HeaderMapRowKind.Regex or HeaderMapRowKind.RegexIgnoreCase && row.Pattern == pattern);
}

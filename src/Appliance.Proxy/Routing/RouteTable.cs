using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>
/// Finds the route of a request in nginx's order: host (exact, longest <c>*.x</c>, longest <c>x.*</c>, first regex, default), then location.
/// Disabled routes are not in it. Immutable; no allocation on a hit without regex.
/// </summary>
public sealed class RouteTable
{
    /// <summary>No routes.</summary>
    public static RouteTable Empty { get; } = Build([]);

    /// <summary>Builds from routes in config order.</summary>
    public static RouteTable Build(IReadOnlyList<CompiledRoute> routes) => new();

    /// <summary>The decision for this request. Sets ServerName and captures in <paramref name="facts"/>.</summary>
    public RouteMatch Find(RequestFacts facts) => throw new NotImplementedException();
}

/// <summary>What <see cref="RouteTable.Find"/> decided.</summary>
/// <param name="Outcome">Which case.</param>
/// <param name="Route">The route for <see cref="RouteOutcome.Found"/>, the one that refuses for MethodNotAllowed, the target for AddSlash.</param>
/// <param name="AllowedMethods">For MethodNotAllowed: the value of the Allow header.</param>
public readonly record struct RouteMatch(RouteOutcome Outcome, CompiledRoute? Route, string? AllowedMethods);

/// <summary>The cases of a <see cref="RouteMatch"/>.</summary>
public enum RouteOutcome
{
    /// <summary>No route: 404.</summary>
    NotFound,

    /// <summary>This one.</summary>
    Found,

    /// <summary>The location matched, the method did not: 405 with Allow.</summary>
    MethodNotAllowed,

    /// <summary>A proxying prefix ending in a slash was asked for without it: 301 to the slash form, query kept.</summary>
    AddSlash,
}

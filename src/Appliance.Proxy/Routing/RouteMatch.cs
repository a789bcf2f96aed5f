namespace Appliance.Proxy.Routing;

/// <summary>The decision of <see cref="RouteTable.Find"/>.</summary>
/// <param name="Outcome">Which case.</param>
/// <param name="Route">The route for <see cref="RouteOutcome.Found"/>, the one that refuses for MethodNotAllowed, the target for
/// AddSlash.</param>
/// <param name="AllowedMethods">For MethodNotAllowed: the value of the Allow header.</param>
public readonly record struct RouteMatch(RouteOutcome Outcome, CompiledRoute? Route, string? AllowedMethods);

/// <summary>The cases of a <see cref="RouteMatch"/>.</summary>
public enum RouteOutcome
{
    /// <summary>No route matches: 404.</summary>
    NotFound,

    /// <summary>A route matches.</summary>
    Found,

    /// <summary>The location matched, the method did not: 405 with Allow.</summary>
    MethodNotAllowed,

    /// <summary>A proxying prefix ending in a slash was asked for without it: 301 to the slash form, query kept.</summary>
    AddSlash,
}

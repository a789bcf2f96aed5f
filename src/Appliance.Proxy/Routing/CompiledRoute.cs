using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>A route with its regexes and templates compiled. Immutable; kept while the route's reference and the map names stay.</summary>
public sealed class CompiledRoute
{
    private CompiledRoute()
    {
    }

    /// <summary>Compiles. A route that does not compile (stored under older rules) still matches, with <see cref="Unavailable"/> set.</summary>
    public static CompiledRoute Compile(Route route, VariableNames names) => throw new NotImplementedException();

    /// <summary>What it was compiled from.</summary>
    public Route Route => throw new NotImplementedException();

    /// <summary>Why this route answers 503 instead of doing its work, or null.</summary>
    public ConfigProblem? Unavailable => throw new NotImplementedException();

    /// <summary>Rules for the request.</summary>
    public CompiledHeaderRules RequestHeaders => throw new NotImplementedException();

    /// <summary>Rules for the response.</summary>
    public CompiledHeaderRules ResponseHeaders => throw new NotImplementedException();

    /// <summary>Redirect's location or respond's body; null for proxy.</summary>
    public Template? Text => throw new NotImplementedException();
}

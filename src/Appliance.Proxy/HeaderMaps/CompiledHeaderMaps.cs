using System.Collections.Immutable;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.HeaderMaps;

/// <summary>All maps of a snapshot, ready for lookups. Immutable.</summary>
public sealed class CompiledHeaderMaps
{
    /// <summary>No maps.</summary>
    public static CompiledHeaderMaps Empty { get; } = new();

    /// <summary>
    /// Compiles valid maps. A map that does not compile (stored under older rules) is left out as empty values and named in <paramref name="leftOut"/>.
    /// Maps whose reference did not change keep their compiled form from <paramref name="previous"/>.
    /// </summary>
    public static CompiledHeaderMaps Compile(ImmutableArray<HeaderMap> maps, CompiledHeaderMaps previous, List<Config.ConfigProblem> leftOut) => throw new NotImplementedException();

    /// <summary>Names without <c>$</c>, for compiling templates.</summary>
    public VariableNames Names { get; } = VariableNames.BuiltIn;

    /// <summary>The value of the map called <paramref name="name"/> (without <c>$</c>) for this request; evaluated once, then kept in the facts.</summary>
    public string Value(string name, RequestFacts facts) => throw new NotImplementedException();
}

using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Snapshots;

/// <summary>One revision compiled for the request path. Immutable; a request keeps the one it began with.</summary>
/// <param name="Revision">Its number; 0 before the first save.</param>
/// <param name="Config">The config from which it was compiled.</param>
/// <param name="Table">Finds the route of a request.</param>
/// <param name="Maps">The header maps.</param>
/// <param name="Tables">What kinds of items have compiled, by kind.</param>
/// <param name="Pools">Pools by name.</param>
/// <param name="Targets">What a route needs to forward, by the route's id. Only routes that proxy and could be compiled.</param>
/// <param name="LeftOut">Items that could not be compiled, and why.</param>
internal sealed record ProxySnapshot(
    long Revision,
    ProxyConfig Config,
    RouteTable Table,
    CompiledHeaderMaps Maps,
    Dictionary<ItemKind, object> Tables,
    Dictionary<string, CompiledPool> Pools,
    Dictionary<Guid, ForwardTarget> Targets,
    IReadOnlyList<ConfigProblem> LeftOut
)
{
    /// <summary>Serves nothing: every request is 404.</summary>
    public static ProxySnapshot Empty { get; } = new(0, ProxyConfig.Empty, RouteTable.Empty, CompiledHeaderMaps.Empty, [], [], [], []);

    /// <summary>True when an expression of the config may take long to match a request; such requests leave the event loops.</summary>
    public bool MayBacktrack { get; } = Table.MayBacktrack || Maps.MayBacktrack;

    /// <summary>What hosts demand of their clients.</summary>
    public TlsPolicyTable TlsPolicies { get; } = Tables.GetValueOrDefault(TlsPolicyKind.Instance) as TlsPolicyTable ?? TlsPolicyTable.Empty;
}

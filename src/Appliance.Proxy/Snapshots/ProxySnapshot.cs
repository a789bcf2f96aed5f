using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Snapshots;

/// <summary>One revision compiled for the request path. Immutable; a request keeps the one it began with.</summary>
/// <param name="Revision">Its number; 0 before the first save.</param>
/// <param name="Config">What it was compiled from.</param>
/// <param name="Table">Finds the route.</param>
/// <param name="Maps">The header maps.</param>
/// <param name="Tables">The compiled forms that kinds of items make by themselves.</param>
/// <param name="Pools">Pools by name.</param>
/// <param name="Targets">What a route needs to forward, by route identity. Only routes that proxy and can.</param>
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

    /// <summary>What hosts demand of their clients.</summary>
    public TlsPolicyTable TlsPolicies { get; } = Tables.GetValueOrDefault(TlsPolicyKind.Instance) as TlsPolicyTable ?? TlsPolicyTable.Empty;
}

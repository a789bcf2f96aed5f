using System.Collections.Immutable;

namespace Appliance.Proxy.Config;

using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

/// <summary>
/// The whole desired state, and the index of the product: everything an operator can configure hangs here.
/// Immutable; an edit shares every item it does not change with its predecessor, and later stages rely on that
/// (an item with the same reference keeps its check result and its compiled form).
/// </summary>
public sealed record ProxyConfig
{
    /// <summary>Nothing configured: every request is answered 404.</summary>
    public static ProxyConfig Empty { get; } = new();

    /// <summary>In the order of the document. The order decides between regex locations, and between regex hosts.</summary>
    public ImmutableArray<Route> Routes { get; init; } = [];

    /// <summary>The groups of servers that routes send requests to (nginx: upstream).</summary>
    public ImmutableArray<UpstreamPool> UpstreamPools { get; init; } = [];

    /// <summary>Variables computed from other variables (nginx: map).</summary>
    public ImmutableArray<HeaderMap> HeaderMaps { get; init; } = [];

    /// <summary>What hosts demand of their clients: https, a TLS version, certificates.</summary>
    public ImmutableArray<TlsPolicy> TlsPolicies { get; init; } = [];
}

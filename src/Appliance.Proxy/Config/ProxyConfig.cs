using System.Collections.Immutable;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Config;

/// <summary>
/// The whole desired state: the items of every kind in <see cref="ItemKinds"/>.
/// Immutable; an edit shares every item it does not change with its predecessor, and later stages rely on that
/// (an item with the same reference keeps its check result and its compiled form).
/// </summary>
public sealed record ProxyConfig : ItemLists
{
    /// <summary>Nothing configured: every request is answered 404.</summary>
    public static ProxyConfig Empty { get; } = new();

    /// <summary>In the order of the document. The order decides between regex locations, and between regex hosts.</summary>
    public ImmutableArray<Route> Routes
    {
        get => Of(RouteKind.Instance);
        init => Lists = ListsWith(RouteKind.Instance, value);
    }

    /// <summary>The groups of servers that routes send requests to (nginx: upstream).</summary>
    public ImmutableArray<UpstreamPool> UpstreamPools
    {
        get => Of(UpstreamPoolKind.Instance);
        init => Lists = ListsWith(UpstreamPoolKind.Instance, value);
    }

    /// <summary>Variables computed from other variables (nginx: map).</summary>
    public ImmutableArray<HeaderMap> HeaderMaps
    {
        get => Of(HeaderMapKind.Instance);
        init => Lists = ListsWith(HeaderMapKind.Instance, value);
    }

    /// <summary>What hosts demand of their clients: https, a TLS version, certificates.</summary>
    public ImmutableArray<TlsPolicy> TlsPolicies
    {
        get => Of(TlsPolicyKind.Instance);
        init => Lists = ListsWith(TlsPolicyKind.Instance, value);
    }

    /// <summary>The items of every kind, in the order of <see cref="ItemKinds.All"/>.</summary>
    public IEnumerable<ConfigItem> AllItems => ItemKinds.All.SelectMany(Of);

    /// <summary>The config with other items of that kind. Throws <see cref="InvalidCastException"/> for an item of another kind.</summary>
    public ProxyConfig With(ItemKind kind, IEnumerable<ConfigItem> items) => this with { Lists = ListsWith(kind, kind.ListOf(items)) };
}

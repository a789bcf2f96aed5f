using System.Collections.Frozen;
using System.Collections.Immutable;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Config;

/// <summary>
/// Every kind of item there is. A new kind adds its line to <see cref="All"/>; the store adds its row, and the console its face.
/// </summary>
public static class ItemKinds
{
    /// <summary>In the order of documents, of diffs and of lists.</summary>
    public static ImmutableArray<ItemKind> All { get; } =
    [RouteKind.Instance, UpstreamPoolKind.Instance, HeaderMapKind.Instance, TlsPolicyKind.Instance];

    private static readonly FrozenDictionary<Type, ItemKind> _byType = All.ToFrozenDictionary(kind => kind.Type);

    /// <summary>The kind of an item. Throws <see cref="KeyNotFoundException"/> for one of no kind in <see cref="All"/>.</summary>
    public static ItemKind Of(ConfigItem item) => _byType[item.GetType()];
}

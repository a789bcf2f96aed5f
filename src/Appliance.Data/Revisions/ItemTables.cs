using System.Collections.Frozen;
using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Data.Revisions;

/// <summary>The table of every kind of item. A new kind adds its row (<see cref="ItemRow"/>) and its line here.</summary>
internal static class ItemTables
{
    public static ImmutableArray<ItemTable> All { get; } =
    [
        new ItemTable<Route, RouteRow>(RouteKind.Instance, "Routes"),
        new ItemTable<UpstreamPool, UpstreamPoolRow>(UpstreamPoolKind.Instance, "UpstreamPools"),
        new ItemTable<HeaderMap, HeaderMapRowVersion>(HeaderMapKind.Instance, "HeaderMaps"),
        new ItemTable<TlsPolicy, TlsPolicyRow>(TlsPolicyKind.Instance, "TlsPolicies"),
    ];

    private static readonly FrozenDictionary<ItemKind, ItemTable> _byKind = All.ToFrozenDictionary(table => table.Kind);

    /// <summary>
    /// The tables in the order of <see cref="ItemKinds.All"/>. Throws <see cref="KeyNotFoundException"/> when a kind has none.
    /// </summary>
    public static IEnumerable<ItemTable> InOrder => ItemKinds.All.Select(kind => _byKind[kind]);
}

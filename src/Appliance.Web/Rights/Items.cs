using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Editing;

namespace Appliance.Web.Rights;

/// <summary>Pure changes of single items, whatever their kind.</summary>
public static class Items
{
    /// <summary>What an item is called in sentences.</summary>
    public static string WordOf(ConfigItem item) => item switch { UpstreamPool => "pool", HeaderMap => "header map", TlsPolicy => "TLS policy", _ => "route" };

    /// <summary>The item of that identity, or null.</summary>
    public static ConfigItem? Find(ProxyConfig config, Guid id) =>
        config.Routes.FirstOrDefault(item => item.Id == id)
        ?? (ConfigItem?)config.UpstreamPools.FirstOrDefault(item => item.Id == id)
        ?? (ConfigItem?)config.HeaderMaps.FirstOrDefault(item => item.Id == id)
        ?? config.TlsPolicies.FirstOrDefault(item => item.Id == id);

    /// <summary>Replaces the item of the same identity in its place, or adds it at <paramref name="position"/> (default: the end).</summary>
    public static ProxyConfig Put(ProxyConfig config, ConfigItem item, int? position = null) => item switch
    {
        Route route => config with { Routes = Put(config.Routes, route, position) },
        UpstreamPool pool => config with { UpstreamPools = Put(config.UpstreamPools, pool, position) },
        HeaderMap map => config with { HeaderMaps = Put(config.HeaderMaps, map, position) },
        TlsPolicy policy => config with { TlsPolicies = Put(config.TlsPolicies, policy, position) },
        _ => throw new ArgumentOutOfRangeException(nameof(item)),
    };

    /// <summary>Takes the items of those identities out.</summary>
    public static ProxyConfig Remove(ProxyConfig config, IReadOnlySet<Guid> ids) => new()
    {
        Routes = config.Routes.RemoveAll(item => ids.Contains(item.Id)),
        UpstreamPools = config.UpstreamPools.RemoveAll(item => ids.Contains(item.Id)),
        HeaderMaps = config.HeaderMaps.RemoveAll(item => ids.Contains(item.Id)),
        TlsPolicies = config.TlsPolicies.RemoveAll(item => ids.Contains(item.Id)),
    };

    /// <summary>The place of an item among its kind, or -1.</summary>
    public static int PositionOf(ProxyConfig config, ConfigItem item) => item switch
    {
        Route => IndexOf(config.Routes, item.Id),
        UpstreamPool => IndexOf(config.UpstreamPools, item.Id),
        TlsPolicy => IndexOf(config.TlsPolicies, item.Id),
        _ => IndexOf(config.HeaderMaps, item.Id),
    };

    /// <summary>A name like this one that no item of <paramref name="taken"/> has: <c>chat-copy</c>, <c>chat-copy-2</c>.</summary>
    public static string FreeName(string name, IEnumerable<ConfigItem> taken)
    {
        var names = taken.Select(item => item.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var separator = name.StartsWith('$') ? "_" : "-";
        var stem = name.Length > 50 ? name[..50] : name;
        var wanted = $"{stem}{separator}copy";
        for (var number = 2; names.Contains(wanted); number++)
            wanted = $"{stem}{separator}copy{separator}{number}";
        return wanted;
    }

    /// <summary>The identities of everything that is another, new or gone.</summary>
    public static IReadOnlyList<Guid> Changed(ProxyConfig before, ProxyConfig after)
    {
        var (old, now) = (All(before), All(after));
        return
        [
            .. old.Where(one => !now.TryGetValue(one.Key, out var same) || (!ReferenceEquals(same, one.Value) && SeenItem.JsonOf(same) != SeenItem.JsonOf(one.Value))).Select(one => one.Key),
            .. now.Keys.Where(id => !old.ContainsKey(id)),
        ];
    }

    private static Dictionary<Guid, ConfigItem> All(ProxyConfig config) =>
        config.Routes.Cast<ConfigItem>().Concat(config.UpstreamPools).Concat(config.HeaderMaps).Concat(config.TlsPolicies).ToDictionary(item => item.Id);

    private static int IndexOf<T>(ImmutableArray<T> items, Guid id)
        where T : ConfigItem
    {
        for (var index = 0; index < items.Length; index++)
        {
            if (items[index].Id == id)
                return index;
        }

        return -1;
    }

    private static ImmutableArray<T> Put<T>(ImmutableArray<T> items, T item, int? position)
        where T : ConfigItem
    {
        var index = IndexOf(items, item.Id);
        return index >= 0 ? items.SetItem(index, item) : items.Insert(Math.Clamp(position ?? items.Length, 0, items.Length), item);
    }
}

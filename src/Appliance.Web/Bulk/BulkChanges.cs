using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Rights;

namespace Appliance.Web.Bulk;

/// <summary>Pure changes of several items at once. They change what the config holds at that moment, and leave out what is gone.</summary>
public static class BulkChanges
{
    private const int NamesInASentence = 10;

    /// <summary>Switches routes on or off.</summary>
    public static ProxyConfig Switch(ProxyConfig config, IReadOnlyCollection<Guid> ids, bool on) =>
        Each(config, ids, item => item is Route route ? route with { Enabled = on } : item);

    /// <summary>Adds tags behind those that an item has.</summary>
    public static ProxyConfig AddTags(ProxyConfig config, IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> tags) =>
        Each(config, ids, item => item with { Tags = [.. item.Tags.Union(tags, StringComparer.Ordinal)] });

    /// <summary>Takes a tag away.</summary>
    public static ProxyConfig RemoveTag(ProxyConfig config, IReadOnlyCollection<Guid> ids, string tag) =>
        Each(config, ids, item => item.Tags.Contains(tag) ? item with { Tags = item.Tags.RemoveAll(one => one == tag) } : item);

    /// <summary>The pools that routes use, with those routes: they cannot be deleted.</summary>
    public static IReadOnlyList<(ConfigItem Item, IReadOnlyList<ConfigItem> Users)> InUse(ProxyConfig config, IEnumerable<ConfigItem> items) =>
        [.. items.Select(item => (item, Usage.Of(config, item))).Where(one => one.Item2.Count > 0)];

    /// <summary>The pools that no route would use any more without these routes.</summary>
    public static IReadOnlyList<UpstreamPool> LeftUnused(ProxyConfig config, IReadOnlySet<Guid> gone)
    {
        var used = PoolsOf(config.Routes.Where(route => gone.Contains(route.Id)));
        used.ExceptWith(PoolsOf(config.Routes.Where(route => !gone.Contains(route.Id))));
        return [.. config.UpstreamPools.Where(pool => used.Contains(pool.Name))];
    }

    /// <summary>Items in a sentence: <c>route chat</c>, <c>3 routes: a, b, c</c>.</summary>
    public static string Words(IReadOnlyList<ConfigItem> items)
    {
        var word = Items.WordOf(items[0]);
        if (items.Count == 1)
            return $"{word} {items[0].Name}";
        var names = string.Join(", ", items.Take(NamesInASentence).Select(item => item.Name));
        return $"{items.Count} {word}s: {names}{(items.Count > NamesInASentence ? $" and {items.Count - NamesInASentence} more" : "")}";
    }

    private static HashSet<string> PoolsOf(IEnumerable<Route> routes) =>
        routes.Select(route => route.Action).OfType<RouteAction.Proxy>().Select(action => action.Pool).ToHashSet(StringComparer.Ordinal);

    // Once through each list: a thousand of ten thousand routes are not looked for one by one.
    private static ProxyConfig Each(ProxyConfig config, IReadOnlyCollection<Guid> ids, Func<ConfigItem, ConfigItem> change)
    {
        var meant = ids as IReadOnlySet<Guid> ?? ids.ToHashSet();
        return config with
        {
            Routes = [.. config.Routes.Select(route => meant.Contains(route.Id) ? (Route)change(route) : route)],
            UpstreamPools = [.. config.UpstreamPools.Select(pool => meant.Contains(pool.Id) ? (UpstreamPool)change(pool) : pool)],
        };
    }
}

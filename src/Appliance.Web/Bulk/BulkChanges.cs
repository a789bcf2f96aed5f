using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Web.Controls;
using Appliance.Web.Rights;

namespace Appliance.Web.Bulk;

/// <summary>Pure changes of several items together. They change what the config holds at that moment, and leave out what is gone.</summary>
public static class BulkChanges
{
    private const int NamesInASentence = 10;

    /// <summary>Switches items on or off. Items that cannot be switched stay as they are.</summary>
    public static ProxyConfig Switch(ProxyConfig config, IReadOnlyCollection<Guid> ids, bool on) =>
        Each(config, ids, item => ItemKinds.Of(item).Switched(item, on));

    /// <summary>Adds tags behind those that an item has.</summary>
    public static ProxyConfig AddTags(ProxyConfig config, IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> tags) =>
        Each(config, ids, item => item with { Tags = [.. item.Tags.Union(tags, StringComparer.Ordinal)] });

    /// <summary>Takes a tag away.</summary>
    public static ProxyConfig RemoveTag(ProxyConfig config, IReadOnlyCollection<Guid> ids, string tag) =>
        Each(config, ids, item => item.Tags.Contains(tag) ? item with { Tags = item.Tags.RemoveAll(other => other == tag) } : item);

    /// <summary>The items that others use, with those others: they cannot be deleted.</summary>
    public static IReadOnlyList<(ConfigItem Item, IReadOnlyList<ConfigItem> Users)> InUse(
        ProxyConfig config,
        IEnumerable<ConfigItem> items
    ) => [.. items.Select(item => (item, Usage.Of(config, item))).Where(used => used.Item2.Count > 0)];

    /// <summary>The items that nothing would use any more without these.</summary>
    public static IReadOnlyList<ConfigItem> LeftUnused(ProxyConfig config, IReadOnlySet<Guid> gone)
    {
        var going = config.AllItems.Where(item => gone.Contains(item.Id)).ToList();
        return
        [
            .. ItemKinds
                .All.Where(kind => kind.CanBeUsed)
                .SelectMany(config.Of)
                .Where(item =>
                    !gone.Contains(item.Id)
                    && going.Any(user => ItemKinds.Of(user).Uses(user, item))
                    && Usage.Of(config, item).All(user => gone.Contains(user.Id))
                ),
        ];
    }

    /// <summary>What requests get when routes go off: how many hosts have no route at all any more, and the names of some.</summary>
    public static string LossOfHosts(ProxyConfig before, ProxyConfig after)
    {
        var left = HostsOf(after);
        List<string> lost = [.. HostsOf(before).Except(left).Order(StringComparer.OrdinalIgnoreCase)];
        var rest = "Open WebSockets stay open. Undo switches all of them on again.";

        // A route for every host takes what the others do not.
        if (lost.Count == 0 || left.Contains(""))
            return $"Requests that they take go to the next route that matches, or are answered 404. {rest}";
        var names = string.Join(", ", lost.Where(host => host.Length > 0).Take(NamesInASentence));
        var more = lost.Count > NamesInASentence ? $" and {lost.Count - NamesInASentence} more" : "";
        return lost.Contains("")
            ? "Every host without a route of its own is answered 404 from then "
                + $"on{(names.Length > 0 ? $", also {names}{more}" : "")}. {rest}"
            : $"{Shown.Some(lost.Count, "host is", "hosts are")} answered 404 from then on: {names}{more}. {rest}";
    }

    /// <summary>Items in a sentence: <c>route chat</c>, <c>3 routes: a, b, c</c>.</summary>
    public static string Words(IReadOnlyList<ConfigItem> items)
    {
        var word = Items.WordOf(items[0]);
        if (items.Count == 1)
            return $"{word} {items[0].Name}";
        var names = string.Join(", ", items.Take(NamesInASentence).Select(item => item.Name));
        return $"{items.Count} {ItemKinds.Of(items[0]).Words}: "
            + $"{names}{(items.Count > NamesInASentence ? $" and {items.Count - NamesInASentence} more" : "")}";
    }

    /// <summary>Items of any kinds in a sentence: <c>route a, 2 header maps: $b, $c</c>.</summary>
    public static string WordsByKind(IReadOnlyList<ConfigItem> items) =>
        string.Join("; ", items.GroupBy(ItemKinds.Of).Select(kind => Words([.. kind])));

    // Empty: a route for every host.
    private static HashSet<string> HostsOf(ProxyConfig config) =>
        [
            .. config
                .Routes.Where(route => route.Enabled)
                .SelectMany(route => route.Hosts.IsEmpty ? [""] : route.Hosts.Select(HostPattern.Normalize)),
        ];

    private static ProxyConfig Each(ProxyConfig config, IReadOnlyCollection<Guid> ids, Func<ConfigItem, ConfigItem> change) =>
        Items.Change(config, ids as IReadOnlySet<Guid> ?? ids.ToHashSet(), change);
}

using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Rights;

/// <summary>Pure changes of single items, whatever their kind.</summary>
public static class Items
{
    /// <summary>What an item is called in sentences.</summary>
    public static string WordOf(ConfigItem item) => ItemKinds.Of(item).Word;

    /// <summary>The item of that identity, or null.</summary>
    public static ConfigItem? Find(ProxyConfig config, Guid id) => config.AllItems.FirstOrDefault(item => item.Id == id);

    /// <summary>
    /// Replaces the item of the same identity in its place, or adds it at <paramref name="position"/> (default: the end).
    /// </summary>
    public static ProxyConfig Put(ProxyConfig config, ConfigItem item, int? position = null)
    {
        var kind = ItemKinds.Of(item);
        var items = config.Of(kind).ToList();
        var index = items.FindIndex(other => other.Id == item.Id);
        if (index >= 0)
            items[index] = item;
        else
            items.Insert(Math.Clamp(position ?? items.Count, 0, items.Count), item);
        return config.With(kind, items);
    }

    /// <summary>Takes the items of those identities out.</summary>
    public static ProxyConfig Remove(ProxyConfig config, IReadOnlySet<Guid> ids) =>
        Change(config, ids, items => items.Where(item => !ids.Contains(item.Id)));

    /// <summary>
    /// The items of those identities as <paramref name="change"/> makes them. Items that the config does not have are left out.
    /// </summary>
    public static ProxyConfig Change(ProxyConfig config, IReadOnlySet<Guid> ids, Func<ConfigItem, ConfigItem> change) =>
        Change(config, ids, items => items.Select(item => ids.Contains(item.Id) ? change(item) : item));

    /// <summary>The place of an item among its kind, or -1.</summary>
    public static int PositionOf(ProxyConfig config, ConfigItem item) =>
        config.Of(ItemKinds.Of(item)).ToList().FindIndex(other => other.Id == item.Id);

    /// <summary>
    /// Where an item of <paramref name="wanted"/> belongs in <paramref name="config"/>: behind the nearest item in front of it that is
    /// there, else in front of the nearest one behind it, else at the end.
    /// </summary>
    public static int PlaceOf(ProxyConfig wanted, ConfigItem item, ProxyConfig config)
    {
        var kind = ItemKinds.Of(item);
        var order = wanted.Of(kind).Select(other => other.Id).ToList();
        var places = config.Of(kind).Select((other, place) => (other.Id, place)).ToDictionary(known => known.Id, known => known.place);
        var at = order.IndexOf(item.Id);
        for (var before = at - 1; before >= 0; before--)
        {
            if (places.TryGetValue(order[before], out var place))
                return place + 1;
        }

        for (var behind = at + 1; behind < order.Count; behind++)
        {
            if (places.TryGetValue(order[behind], out var place))
                return place;
        }

        return places.Count;
    }

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
        var old = before.AllItems.ToDictionary(item => item.Id);
        var now = after.AllItems.ToDictionary(item => item.Id);
        return
        [
            .. old
                .Values.Where(was =>
                    !now.TryGetValue(was.Id, out var item)
                    || (!ReferenceEquals(was, item) && ConfigItemJson.Write(was) != ConfigItemJson.Write(item))
                )
                .Select(was => was.Id),
            .. now.Keys.Where(id => !old.ContainsKey(id)),
        ];
    }

    // A list in which nothing is meant stays the very same.
    private static ProxyConfig Change(
        ProxyConfig config,
        IReadOnlySet<Guid> ids,
        Func<IReadOnlyList<ConfigItem>, IEnumerable<ConfigItem>> change
    ) =>
        ItemKinds
            .All.Where(kind => config.Of(kind).Any(item => ids.Contains(item.Id)))
            .Aggregate(config, (next, kind) => next.With(kind, change(next.Of(kind))));
}

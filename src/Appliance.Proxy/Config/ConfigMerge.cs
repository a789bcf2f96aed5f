using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>Turns a document into the next config: items are matched by name, so that ids, history and counters stay.</summary>
public static class ConfigMerge
{
    /// <summary>
    /// The document's config with the ids of <paramref name="head"/>'s items of the same name. An item that says the same keeps head's
    /// reference. What the document does not have is gone.
    /// </summary>
    public static ProxyConfig ByName(ProxyConfig head, ProxyConfig document) =>
        ItemKinds.All.Aggregate(ProxyConfig.Empty, (merged, kind) => merged.With(kind, Merged(kind, head.Of(kind), document.Of(kind))));

    // Without an order of their own, items keep head's: another one would be stored as a revision in which nothing changed.
    private static IEnumerable<ConfigItem> Merged(ItemKind kind, IReadOnlyList<ConfigItem> head, IReadOnlyList<ConfigItem> document)
    {
        var items = Matched(head, document);
        if (kind.IsOrdered)
            return items;
        var places = head.Select((item, place) => (item.Id, place)).ToDictionary(known => known.Id, known => known.place);
        return items.OrderBy(item => places.GetValueOrDefault(item.Id, int.MaxValue));
    }

    private static IEnumerable<ConfigItem> Matched(IReadOnlyList<ConfigItem> head, IReadOnlyList<ConfigItem> document)
    {
        var known = new Dictionary<string, ConfigItem>(StringComparer.Ordinal);
        foreach (var item in head)
            known.TryAdd(item.Name, item);
        foreach (var item in document)
        {
            if (!known.Remove(item.Name, out var before))
                yield return item;
            else
                yield return ConfigItemJson.Write(before) == ConfigItemJson.Write(item) ? before : item with { Id = before.Id };
        }
    }
}

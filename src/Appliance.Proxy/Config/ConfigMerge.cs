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

    /// <summary>
    /// The config of another revision in the place of <paramref name="head"/>: its items by their identity, and no others. An item that
    /// says the same keeps head's reference, so that nothing is compiled twice.
    /// </summary>
    public static ProxyConfig ById(ProxyConfig head, ProxyConfig wanted) =>
        ItemKinds.All.Aggregate(ProxyConfig.Empty, (merged, kind) =>
            merged.With(kind, InOrder(kind, head.Of(kind), Identified(head.Of(kind), wanted.Of(kind))))
        );

    private static IEnumerable<ConfigItem> Identified(IReadOnlyList<ConfigItem> head, IReadOnlyList<ConfigItem> wanted)
    {
        var known = head.ToDictionary(item => item.Id);
        return wanted.Select(item =>
            known.TryGetValue(item.Id, out var now) && ConfigItemJson.Write(now) == ConfigItemJson.Write(item) ? now : item
        );
    }

    // Without an order of their own, items keep head's: another one would be stored as a revision in which nothing changed.
    private static IEnumerable<ConfigItem> Merged(ItemKind kind, IReadOnlyList<ConfigItem> head, IReadOnlyList<ConfigItem> document) =>
        InOrder(kind, head, Matched(head, document));

    private static IEnumerable<ConfigItem> InOrder(ItemKind kind, IReadOnlyList<ConfigItem> head, IEnumerable<ConfigItem> items)
    {
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

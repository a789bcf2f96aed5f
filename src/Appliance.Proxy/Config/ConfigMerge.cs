using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>Turns a document into the next config: items are matched by name, so that ids, history and counters stay.</summary>
public static class ConfigMerge
{
    /// <summary>
    /// The document's config with the ids of <paramref name="head"/>'s items of the same name. An item that says the same keeps head's reference. What the
    /// document does not have is gone.
    /// </summary>
    public static ProxyConfig ByName(ProxyConfig head, ProxyConfig document) => new()
    {
        Routes = Items(head.Routes, document.Routes),
        UpstreamPools = InOrderOf(head.UpstreamPools, document.UpstreamPools),
        HeaderMaps = InOrderOf(head.HeaderMaps, document.HeaderMaps),
        TlsPolicies = InOrderOf(head.TlsPolicies, document.TlsPolicies),
    };

    // A document has these by name; only the order of routes means something. Another one would be stored as a revision in which nothing
    // changed.
    private static ImmutableArray<T> InOrderOf<T>(ImmutableArray<T> head, ImmutableArray<T> document)
        where T : ConfigItem
    {
        var places = head.Select((item, place) => (item.Id, place)).ToDictionary(one => one.Id, one => one.place);
        return [.. Items(head, document).OrderBy(item => places.GetValueOrDefault(item.Id, int.MaxValue))];
    }

    private static ImmutableArray<T> Items<T>(ImmutableArray<T> head, ImmutableArray<T> document)
        where T : ConfigItem
    {
        var known = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var item in head)
            known.TryAdd(item.Name, item);
        return [.. document.Select(item => known.Remove(item.Name, out var before) ? Same(before, item) ? before : item with { Id = before.Id } : item)];
    }

    private static bool Same<T>(T left, T right)
        where T : ConfigItem => ConfigItemJson.Write(left) == ConfigItemJson.Write(right);
}

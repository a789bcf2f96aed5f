using System.Collections.Immutable;

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
        UpstreamPools = Items(head.UpstreamPools, document.UpstreamPools),
        HeaderMaps = Items(head.HeaderMaps, document.HeaderMaps),
        TlsPolicies = Items(head.TlsPolicies, document.TlsPolicies),
    };

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

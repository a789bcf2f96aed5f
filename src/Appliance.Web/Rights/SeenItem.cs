using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Rights;

/// <summary>An item as somebody saw it when they began to change it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Json">What it said, canonical; null: it was not there.</param>
public sealed record SeenItem(Guid Id, string? Json)
{
    /// <summary>What somebody sees who looks at this item now.</summary>
    public static SeenItem Of(ConfigItem item) => new(item.Id, JsonOf(item));

    /// <summary>True when it still says the same.</summary>
    public bool IsStillIn(ProxyConfig config) => (Items.Find(config, Id) is { } item ? JsonOf(item) : null) == Json;

    /// <summary>Canonical text of an item of any kind.</summary>
    public static string JsonOf(ConfigItem item) => ConfigItemJson.Write(item);
}

using System.Text.Json;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>One item as canonical JSON text on one line: what the store keeps in a row. Equal text means equal items.</summary>
public static class ConfigItemJson
{
    /// <summary>Canonical text of an item (without its id).</summary>
    public static string Write(ConfigItem item) => JsonSerializer.Serialize(item, item.GetType(), ConfigSerializer.Compact);

    /// <summary>Indented canonical text of an item, for people.</summary>
    public static string WriteIndented(ConfigItem item) => JsonSerializer.Serialize(item, item.GetType(), ConfigSerializer.Document);

    /// <summary>
    /// Reads a stored item. Lenient: unknown members (of a newer version) are ignored. Throws <see cref="JsonException"/>.
    /// </summary>
    public static T Read<T>(string json, Guid id)
        where T : ConfigItem =>
        (JsonSerializer.Deserialize<T>(json, ConfigSerializer.Compact) ?? throw new JsonException("A stored item is null.")) with
        {
            Id = id,
        };
}

using System.Text.Json;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>One item as the API takes it: read as strictly as in a document, with the same paths.</summary>
public static class ConfigItemDocument
{
    /// <summary>
    /// Reads the item that is to be called <paramref name="name"/>. The text may leave the name out; another one is a problem. Never throws
    /// for bad text. The item has a new identity.
    /// </summary>
    public static ConfigItemParse Parse(ItemKind kind, string name, ReadOnlySpan<byte> utf8)
    {
        var problems = new ProblemList();
        var path = $"{kind.Member}/{name}";
        if (ConfigDocument.ReadRoot(utf8, problems, "{ \"name\": \"...\", ... }") is not { } root)
            return new(null, problems.All);
        if (root["name"] is not { } own)
            root["name"] = name;
        else if (own.GetValueKind() == JsonValueKind.String && own.GetValue<string>() != name)
            problems.Error(
                $"{path}/name",
                "other_name",
                $"The address says {name}, and the body says another name. Leave the name out of the body, or rename the item first."
            );
        var item = ConfigDocument.ReadItem(root, kind, path, problems);
        return problems.All.Count > 0 ? new(null, problems.All) : new(item, []);
    }
}

/// <summary>Either an item or problems.</summary>
public sealed record ConfigItemParse(ConfigItem? Item, IReadOnlyList<ConfigProblem> Problems);

using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Web.Controls;
using Appliance.Web.Faces;

namespace Appliance.Web.HeaderMaps;

/// <summary>Header maps in the console.</summary>
public sealed class MapFace : ItemFace
{
    /// <inheritdoc/>
    public override ItemKind Kind => HeaderMapKind.Instance;

    /// <inheritdoc/>
    public override string Icon => "maps";

    /// <inheritdoc/>
    public override string Title => "Header maps";

    /// <inheritdoc/>
    public override string Path => "/maps";

    /// <inheritdoc/>
    public override string About => "Variables made of other variables";

    /// <inheritdoc/>
    public override string OtherWords => "map variables";

    /// <inheritdoc/>
    public override string WordsToAdd => "variable";

    /// <inheritdoc/>
    public override bool Has(ConfigItem item, IReadOnlyList<string> words) => Has(item.Name, words) || Has(((HeaderMap)item).Source, words);

    /// <inheritdoc/>
    public override string DetailOf(ConfigItem item, IReadOnlyList<string> words) => ((HeaderMap)item).Source;

    /// <inheritdoc/>
    public override string LossOf(IReadOnlyList<ConfigItem> items)
    {
        var rows = Shown.Some(items.Cast<HeaderMap>().Sum(map => map.Rows.Length), "row");
        return items.Count == 1 ? $"The map with its {rows} is gone then." : $"The maps with their {rows} are gone then.";
    }
}

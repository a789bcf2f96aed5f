using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Web.Faces;

/// <summary>The faces of all kinds of items, in the order of the navigation.</summary>
public sealed class ItemFaces(ImmutableArray<ItemFace> all)
{
    /// <summary>The faces of all kinds.</summary>
    public ImmutableArray<ItemFace> All => all;

    /// <summary>The face of an item's kind. Throws <see cref="InvalidOperationException"/> for a kind without one.</summary>
    public ItemFace Of(ConfigItem item) => all.First(face => face.Kind.Type == item.GetType());
}

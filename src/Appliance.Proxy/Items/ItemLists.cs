using System.Collections.Immutable;

namespace Appliance.Proxy.Items;

/// <summary>Items by kind. Immutable: a change shares every list that it does not touch.</summary>
public abstract record ItemLists
{
    /// <summary>The lists that are not empty. Each is an <see cref="ImmutableArray{T}"/> of the kind's own type.</summary>
    private protected ImmutableDictionary<ItemKind, IReadOnlyList<ConfigItem>> Lists { get; init; } =
        ImmutableDictionary<ItemKind, IReadOnlyList<ConfigItem>>.Empty;

    /// <summary>The items of a kind, in their order.</summary>
    public ImmutableArray<T> Of<T>(ItemKind<T> kind)
        where T : ConfigItem => Lists.TryGetValue(kind, out var items) ? (ImmutableArray<T>)items : [];

    /// <summary>The items of a kind, in their order.</summary>
    public IReadOnlyList<ConfigItem> Of(ItemKind kind) => Lists.GetValueOrDefault(kind, []);

    /// <summary>Two are equal when every kind has the very same list.</summary>
    public virtual bool Equals(ItemLists? other) =>
        other is not null
        && EqualityContract == other.EqualityContract
        && Lists.Count == other.Lists.Count
        && Lists.All(list => other.Lists.TryGetValue(list.Key, out var same) && list.Value.Equals(same));

    /// <inheritdoc/>
    public override int GetHashCode() => Lists.Values.Aggregate(0, (hash, list) => hash ^ list.GetHashCode());

    private protected ImmutableDictionary<ItemKind, IReadOnlyList<ConfigItem>> ListsWith(ItemKind kind, IReadOnlyList<ConfigItem> items) =>
        items.Count == 0 ? Lists.Remove(kind) : Lists.SetItem(kind, items);
}

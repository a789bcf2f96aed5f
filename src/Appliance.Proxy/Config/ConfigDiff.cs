using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>The difference between two configs, by the names of items.</summary>
/// <param name="Changes">Sorted by kind, then as in the configs.</param>
public sealed record ConfigDiff(ImmutableArray<ItemChange> Changes)
{
    /// <summary>Compares by identity; an item with the same reference is the same.</summary>
    public static ConfigDiff Between(ProxyConfig before, ProxyConfig after) =>
        new([.. ItemKinds.All.SelectMany(kind => Changed(kind, before.Of(kind), after.Of(kind)))]);

    private const int MostNames = 3;

    /// <summary>
    /// One line that names what changed: <c>changed route chat; added pools api, web</c>. More than three of a kind are counted: <c>added
    /// 12 routes</c>. <c>nothing</c> when nothing differs.
    /// </summary>
    public string Summary =>
        Changes.IsEmpty
            ? "nothing"
            : string.Join(
                "; ",
                Changes.GroupBy(change => (change.Kind, change.Item)).Select(group => Said(group.Key.Kind, group.Key.Item, [.. group]))
            );

    private static string Said(ChangeKind change, string item, IReadOnlyList<ItemChange> changes)
    {
        var kind = ItemKinds.All.First(known => known.Name == item);
        var done = change.ToString().ToLowerInvariant();
        if (change == ChangeKind.Reordered)
            return $"{done} {kind.Words}";
        return changes.Count > MostNames
            ? $"{done} {changes.Count} {kind.Words}"
            : $"{done} {Counted.Noun(changes.Count, kind.Word, kind.Words)} {string.Join(", ", changes.Select(listed => listed.Name))}";
    }

    private static IEnumerable<ItemChange> Changed(ItemKind kind, IReadOnlyList<ConfigItem> before, IReadOnlyList<ConfigItem> after)
    {
        var old = before.ToDictionary(item => item.Id);
        foreach (var item in after)
        {
            if (!old.Remove(item.Id, out var was))
                yield return new(ChangeKind.Added, kind.Name, item.Name);
            else if (!ReferenceEquals(was, item) && ConfigItemJson.Write(was) != ConfigItemJson.Write(item))
                yield return new(ChangeKind.Changed, kind.Name, item.Name);
        }

        foreach (var gone in before.Where(item => old.ContainsKey(item.Id)))
            yield return new(ChangeKind.Removed, kind.Name, gone.Name);
        if (kind.IsOrdered && !IsSameOrder(before, after))
            yield return new(ChangeKind.Reordered, kind.Name, kind.Words);
    }

    private static bool IsSameOrder(IReadOnlyList<ConfigItem> before, IReadOnlyList<ConfigItem> after)
    {
        var wereThere = before.Select(item => item.Id).ToHashSet();
        var areThere = after.Select(item => item.Id).ToHashSet();
        return before
            .Select(item => item.Id)
            .Where(areThere.Contains)
            .SequenceEqual(after.Select(item => item.Id).Where(wereThere.Contains));
    }
}

/// <summary>The change of one item between two configs.</summary>
/// <param name="Kind">What.</param>
/// <param name="Item">The <see cref="ItemKind.Name"/> of its kind.</param>
/// <param name="Name">Its name.</param>
public sealed record ItemChange(ChangeKind Kind, string Item, string Name);

/// <summary>The kinds of <see cref="ItemChange"/>.</summary>
public enum ChangeKind
{
    /// <summary>The item is new.</summary>
    Added,

    /// <summary>The item was there before and says something else now.</summary>
    Changed,

    /// <summary>The item was removed.</summary>
    Removed,

    /// <summary>The same items of a kind, in another order.</summary>
    Reordered,
}

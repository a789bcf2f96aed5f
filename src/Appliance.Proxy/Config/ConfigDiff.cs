using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>What differs between two configs, in names.</summary>
/// <param name="Changes">Sorted by kind, then as in the configs.</param>
public sealed record ConfigDiff(ImmutableArray<ItemChange> Changes)
{
    /// <summary>Compares by identity; an item with the same reference is the same.</summary>
    public static ConfigDiff Between(ProxyConfig before, ProxyConfig after) => new(
    [
        .. Changed("route", before.Routes, after.Routes),
        .. Changed("upstream pool", before.UpstreamPools, after.UpstreamPools),
        .. Changed("header map", before.HeaderMaps, after.HeaderMaps),
        .. Changed("TLS policy", before.TlsPolicies, after.TlsPolicies),
    ]);

    /// <summary>One line: <c>1 added, 2 changed</c>, or <c>nothing</c>.</summary>
    public string Summary => Changes.IsEmpty
        ? "nothing"
        : string.Join(", ", Changes.GroupBy(change => change.Kind).Select(group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}"));

    private static IEnumerable<ItemChange> Changed<T>(string item, ImmutableArray<T> before, ImmutableArray<T> after)
        where T : ConfigItem
    {
        var old = before.ToDictionary(one => one.Id);
        foreach (var one in after)
        {
            if (!old.Remove(one.Id, out var was))
                yield return new(ChangeKind.Added, item, one.Name);
            else if (!ReferenceEquals(was, one) && ConfigItemJson.Write(was) != ConfigItemJson.Write(one))
                yield return new(ChangeKind.Changed, item, one.Name);
        }

        foreach (var gone in before.Where(one => old.ContainsKey(one.Id)))
            yield return new(ChangeKind.Removed, item, gone.Name);
        var (wereThere, areThere) = (before.Select(one => one.Id).ToHashSet(), after.Select(one => one.Id).ToHashSet());
        var sameOrder = before.Select(one => one.Id).Where(areThere.Contains).SequenceEqual(after.Select(one => one.Id).Where(wereThere.Contains));
        if (item == "route" && !sameOrder)
            yield return new(ChangeKind.Reordered, item, "routes");
    }
}

/// <summary>What happened to one item.</summary>
/// <param name="Kind">What.</param>
/// <param name="Item">route, upstream pool, header map or TLS policy.</param>
/// <param name="Name">Its name.</param>
public sealed record ItemChange(ChangeKind Kind, string Item, string Name);

/// <summary>The kinds of <see cref="ItemChange"/>.</summary>
public enum ChangeKind
{
    /// <summary>New.</summary>
    Added,

    /// <summary>Says something else.</summary>
    Changed,

    /// <summary>Gone.</summary>
    Removed,

    /// <summary>Same routes, another order.</summary>
    Reordered,
}

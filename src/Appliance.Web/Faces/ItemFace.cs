using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Web.Faces;

/// <summary>
/// How the console shows one kind of item: its pages, words and icon, how it is found, and what is lost with it. Navigation, search,
/// dialogs and lists loop over <see cref="ItemFaces"/> and know no kind by its name. One instance a kind, beside its pages.
/// </summary>
public abstract class ItemFace
{
    /// <summary>The kind of items that it shows.</summary>
    public abstract ItemKind Kind { get; }

    /// <summary>A name of <c>Glyphs.Of</c>.</summary>
    public abstract string Icon { get; }

    /// <summary>The heading of its list, in the navigation too: <c>Upstream pools</c>.</summary>
    public abstract string Title { get; }

    /// <summary>The address of its list: <c>/pools</c>. A new item is below it at <c>new</c>, an item at its identity.</summary>
    public abstract string Path { get; }

    /// <summary>What the list is about, in a few words for the search.</summary>
    public abstract string About { get; }

    /// <summary>Other words by which the list is found, separated by spaces.</summary>
    public abstract string OtherWords { get; }

    /// <summary>Other words by which adding an item is found, separated by spaces.</summary>
    public abstract string WordsToAdd { get; }

    /// <summary>Settings of an item that people look for by name, each with other words for it. Default: none.</summary>
    public virtual ImmutableArray<(string Name, string OtherWords)> Settings => [];

    /// <summary>True when the item has every one of these words somewhere.</summary>
    public abstract bool Has(ConfigItem item, IReadOnlyList<string> words);

    /// <summary>What the search says of an item beside its name. It may show why one of <paramref name="words"/> found it.</summary>
    public abstract string DetailOf(ConfigItem item, IReadOnlyList<string> words);

    /// <summary>What is lost when these items are deleted, as sentences.</summary>
    public abstract string LossOf(IReadOnlyList<ConfigItem> items);

    /// <summary>The address of an item's page.</summary>
    public string PathOf(ConfigItem item) => $"{Path}/{item.Id}";

    /// <summary>True when <paramref name="text"/> has all of the words.</summary>
    protected static bool Has(string text, IReadOnlyList<string> words) =>
        words.All(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}

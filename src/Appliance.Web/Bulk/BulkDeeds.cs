using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Controls;
using Appliance.Web.Editing;
using Appliance.Web.Live;
using Appliance.Web.Rights;

namespace Appliance.Web.Bulk;

/// <summary>
/// Changes several items of a kind in one revision, with one Undo. It is refused as a whole when one of them may not be changed. One
/// instance an open page.
/// </summary>
public sealed class BulkDeeds(Questions questions, ConfigDeeds config, ConsoleFeed feed)
{
    /// <summary>
    /// Switches items on or off. Before several that are on go off, it asks once, and says how many hosts would be answered 404.
    /// </summary>
    public async Task SwitchAsync(IReadOnlyList<ConfigItem> items, bool on)
    {
        if (on || await IsSureAsync(items))
            await SaveAsync(
                items,
                (head, ids) => BulkChanges.Switch(head, ids, on),
                $"Switched {(on ? "on" : "off")} {BulkChanges.Words(items)}"
            );
    }

    /// <summary>Asks for tags, and adds them.</summary>
    public async Task AddTagAsync(IReadOnlyList<ConfigItem> items)
    {
        var known = feed
            .Current.Head.Config.AllItems.SelectMany(item => item.Tags)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.OrdinalIgnoreCase)
            .ToList();
        if (await AskAsync($"Add a tag to {Some(items)}", "Tag", "Add tag", known, isNew: true) is { Count: > 0 } tags)
            await SaveAsync(
                items,
                (head, ids) => BulkChanges.AddTags(head, ids, tags),
                $"Tagged {string.Join(", ", tags)}: {BulkChanges.Words(items)}"
            );
    }

    /// <summary>Asks which tag, and takes it away from those that have it.</summary>
    public async Task RemoveTagAsync(IReadOnlyList<ConfigItem> items)
    {
        var known = items.SelectMany(item => item.Tags).Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase).ToList();
        if (await AskAsync($"Remove a tag from {Some(items)}", "Tag", "Remove tag", known, isNew: false) is not [var tag])
            return;
        IReadOnlyList<ConfigItem> having = [.. items.Where(item => item.Tags.Contains(tag))];
        if (having.Count > 0)
            await SaveAsync(
                having,
                (head, ids) => BulkChanges.RemoveTag(head, ids, tag),
                $"Removed the tag {tag} from {BulkChanges.Words(having)}"
            );
    }

    /// <summary>Asks once, saying what else is affected, and deletes. Items that others use stay.</summary>
    public async Task DeleteAsync(IReadOnlyList<ConfigItem> items)
    {
        if (
            await questions.AskAsync<BulkDeleteDialog>($"Delete {Some(items)}?", new() { { dialog => dialog.Items, items } })
            is IReadOnlyList<ConfigItem> { Count: > 0 } meant
        )
            await SaveAsync(meant, (head, ids) => Items.Remove(head, ids), $"Deleted {BulkChanges.Words(meant)}");
    }

    /// <summary>Items in a few words: <c>1 route</c>, <c>12 pools</c>.</summary>
    public static string Some(IReadOnlyList<ConfigItem> items) =>
        Shown.Some(items.Count, Items.WordOf(items[0]), ItemKinds.Of(items[0]).Words);

    private async Task<bool> IsSureAsync(IReadOnlyList<ConfigItem> items)
    {
        var config = feed.Current.Head.Config;
        var off = BulkChanges.Switch(config, items.Select(item => item.Id).ToHashSet(), on: false);
        if (Items.Changed(config, off).Count < 2)
            return true;
        return await questions.AskAsync<ConfirmDialog>(
            $"Switch off {Some(items)}?",
            new() { { dialog => dialog.Text, BulkChanges.LossOfHosts(config, off) }, { dialog => dialog.Verb, "Switch off" } }
        )
            is true;
    }

    private async Task<IReadOnlyList<string>?> AskAsync(string title, string label, string verb, IReadOnlyList<string> known, bool isNew) =>
        await questions.AskAsync<TagDialog>(
            title,
            new()
            {
                { dialog => dialog.Label, label },
                { dialog => dialog.Verb, verb },
                { dialog => dialog.Known, known },
                { dialog => dialog.IsNew, isNew },
            }
        ) as IReadOnlyList<string>;

    private Task<bool> SaveAsync(IReadOnlyList<ConfigItem> items, Func<ProxyConfig, IReadOnlySet<Guid>, ProxyConfig> change, string done)
    {
        var ids = items.Select(item => item.Id).ToHashSet();
        return config.ChangeAsync(head => change(head, ids), [.. items.Select(SeenItem.Of)], done);
    }
}

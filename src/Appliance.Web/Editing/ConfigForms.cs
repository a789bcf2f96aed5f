using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Controls;
using Appliance.Web.Forms;
using Appliance.Web.Live;
using Appliance.Web.Rights;
using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Editing;

/// <summary>
/// Makes the forms of config items: judged by the very rules of a save, stored through <see cref="ConfigDeeds"/>. One instance an open
/// page.
/// </summary>
public sealed class ConfigForms(
    ConfigDeeds deeds,
    ConfigEditor editor,
    ConsoleFeed feed,
    IDraftKeeper keeper,
    NavigationManager navigation,
    DiscardOffer discards,
    TimeProvider time
)
{
    /// <summary>The form of one page.</summary>
    public ItemForm<TItem, TDraft> Make<TItem, TDraft>(ConfigFormParts<TItem, TDraft> parts)
        where TItem : ConfigItem
        where TDraft : class
    {
        ItemForm<TItem, TDraft> form = null!; // set before anything can be read
        form = new(
            new()
            {
                NewDraft = () => OriginalOf(parts) is { } original ? parts.DraftOf(parts.CopyOf(original)) : parts.NewDraft(),
                Read = (draft, problems) => parts.Read(draft, form.Id, problems),
                Judge = (item, problems) => Judge(parts, item, problems),
                Save = save => SaveAsync(parts, save),
                Stored = new()
                {
                    Find = id => StoredIn(parts.View(), parts.View().Head, id),
                    DraftOf = parts.DraftOf,
                    TextOf = SeenItem.JsonOf,
                    OfText = ConfigItemJson.Read<TItem>,
                },
                Run = parts.Run,
                Draw = parts.Draw,
                Go = page => navigation.NavigateTo(page),
                Discarded = bringBack =>
                    discards.Show(form.Loaded is { } item ? $"{parts.Word} {item.Name}" : $"the new {parts.Word}", bringBack),
            },
            keeper,
            time
        );
        return form;

        static StoredItem<TItem> StoredIn(ConsoleView view, ConfigRevision head, Guid id) =>
            new(Items.Find(head.Config, id) as TItem, head.Number, view.Recent.FirstOrDefault(row => row.Id == head.Number));

        async Task<FormOutcome<TItem>> SaveAsync(ConfigFormParts<TItem, TDraft> parts, FormSave<TItem> save)
        {
            var item = save.Item;
            var done = $"{(save.Base is null ? "Added" : "Changed")} {parts.Word} {item.Name}";
            switch (
                await deeds.SaveAsync(
                    config => Usage.Put(config, item),
                    [new(item.Id, save.Base)],
                    done,
                    save.Comment,
                    save.Base is null ? parts.Next(item) : null
                )
            )
            {
                case EditResult.Stale stale:
                    return new FormOutcome<TItem>.Stale(StoredIn(feed.Current, stale.Head, item.Id));
                case EditResult.Rejected rejected:
                    return new FormOutcome<TItem>.Rejected([.. rejected.Problems.Select(problem => At(parts, item, problem))]);
                default:
                    return new FormOutcome<TItem>.Saved(parts.ListPath);
            }
        }
    }

    /// <summary>The name under which the browser keeps the draft of an item, of a copy of another one, or of a new one.</summary>
    public static string KeyOf(string kind, Guid? id, string? copy) =>
        id is not null ? $"{kind}/{id}"
        : Guid.TryParse(copy, out var original) ? $"{kind}/copy/{original}"
        : $"{kind}/new";

    private static TItem? OriginalOf<TItem, TDraft>(ConfigFormParts<TItem, TDraft> parts)
        where TItem : ConfigItem =>
        Guid.TryParse(parts.Copy(), out var original) ? Items.Find(parts.View().Head.Config, original) as TItem : null;

    private static FieldProblem At<TItem, TDraft>(ConfigFormParts<TItem, TDraft> parts, ConfigItem item, ConfigProblem problem)
        where TItem : ConfigItem => FieldProblem.Of(problem, parts.Kind, item.Name) ?? new("", problem.Message);

    // The rules of a save, over the config as it would be. Problems that other items have because of this one stand in the summary.
    private void Judge<TItem, TDraft>(ConfigFormParts<TItem, TDraft> parts, TItem item, List<FieldProblem> found)
        where TItem : ConfigItem
    {
        var head = parts.View().Head.Config;
        var next = Usage.Put(head, item);
        var result = editor.Check(head, next);

        // Where the text could not even be read, the rules have judged a stand-in.
        var unread = found.Select(problem => problem.Path).ToHashSet(StringComparer.Ordinal);
        found.AddRange(result.Errors.Select(problem => At(parts, item, problem)).Where(problem => !unread.Contains(problem.Path)));
        found.AddRange(
            result.Older.Concat(result.Warnings).Select(problem => FieldProblem.Of(problem, parts.Kind, item.Name)).OfType<FieldProblem>()
        );
        if (parts.Refusal(Items.Find(head, item.Id) as TItem, item) is { } refused)
            found.Add(At(parts, item, refused));
        parts.Checked(next, item);
    }
}

/// <summary>What the page of a config item gives its form.</summary>
/// <typeparam name="TItem">The kind.</typeparam>
/// <typeparam name="TDraft">Its form as text.</typeparam>
public sealed record ConfigFormParts<TItem, TDraft>
    where TItem : ConfigItem
{
    /// <summary>The first part of a problem's path: routes, upstreamPools.</summary>
    public required string Kind { get; init; }

    /// <summary>What an item is called in sentences: route.</summary>
    public required string Word { get; init; }

    /// <summary>The path of the list, where a save leads.</summary>
    public required string ListPath { get; init; }

    /// <summary>Makes the draft of an empty form.</summary>
    public required Func<TDraft> NewDraft { get; init; }

    /// <summary>The form of an item.</summary>
    public required Func<TItem, TDraft> DraftOf { get; init; }

    /// <summary>The item that a draft means, of that identity; adds what cannot be read of it.</summary>
    public required Func<TDraft, Guid, List<FieldProblem>, TItem> Read { get; init; }

    /// <summary>A copy under another name.</summary>
    public required Func<TItem, TItem> CopyOf { get; init; }

    /// <summary>
    /// The identity of the item that a new one is a copy of, as it stands in the address. Anything that is no identity means an empty form.
    /// </summary>
    public required Func<string?> Copy { get; init; }

    /// <summary>What is offered after the first save of a new item. Default: nothing.</summary>
    public Func<TItem, NextStep?> Next { get; init; } = _ => null;

    /// <summary>What the page shows now.</summary>
    public required Func<ConsoleView> View { get; init; }

    /// <summary>Runs something where the page is drawn.</summary>
    public required Func<Func<Task>, Task> Run { get; init; }

    /// <summary>Draws the page again.</summary>
    public required Action Draw { get; init; }

    /// <summary>Called after every check with the config as it would be. Default: nothing.</summary>
    public Action<ProxyConfig, TItem> Checked { get; init; } = (_, _) => { };

    /// <summary>
    /// What a save would refuse to this person, beside the rules for everybody: of what is stored (null for a new one) and what would be.
    /// Default: nothing.
    /// </summary>
    public Func<TItem?, TItem, ConfigProblem?> Refusal { get; init; } = (_, _) => null;
}

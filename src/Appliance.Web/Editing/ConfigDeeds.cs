using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>
/// What people do to the config on a page: save and delete through the editor, wait until it is live, say so, offer to undo it. One
/// instance an open page.
/// </summary>
public sealed class ConfigDeeds(PageDeeds deeds, Questions questions, ConfigEditor editor, ProxyHost proxy)
{
    private static readonly TimeSpan _outcomePatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Saves a change made from <paramref name="seen"/>, for a form. <paramref name="done"/> is what a toast says when it worked ("Changed
    /// route chat"), and the revision's comment when <paramref name="comment"/> is empty; <paramref name="next"/> is offered beside it. A
    /// store that is away is a problem like any other.
    /// </summary>
    public async Task<EditResult> SaveAsync(
        Func<ProxyConfig, ProxyConfig> edit,
        IReadOnlyList<SeenItem> seen,
        string done,
        string? comment = null,
        NextStep? next = null
    )
    {
        var result = await deeds.DoAsync(Of(edit, seen, done, comment, next));
        return result is DeedResult<Outcome>.Done { Value.Result: var edited }
            ? edited
            : new EditResult.Rejected([new("", "not_stored", $"{result.Fault} What you typed is still here.")]);
    }

    /// <summary>
    /// Saves a change for a button without a form: what keeps it from being saved is said in a toast. True when it is saved.
    /// </summary>
    public Task<bool> ChangeAsync(Func<ProxyConfig, ProxyConfig> edit, IReadOnlyList<SeenItem> seen, string done) =>
        deeds.TellAsync(OfButton(edit, seen, done));

    /// <summary>
    /// Deletes an item, once somebody has read what would be lost and said what becomes of its users. True when it is deleted.
    /// </summary>
    public Task<bool> DeleteAsync(ConfigItem item) =>
        deeds.TellAsync(
            async () =>
                await questions.AskAsync<DeleteDialog>(
                    $"Delete {Items.WordOf(item)} {item.Name}?",
                    new() { { dialog => dialog.Item, item } }
                ) as DeleteChoice,
            // Saved from what is there now: a route that began to use it while the question was open is moved or deleted, too.
            choice =>
                OfButton(config => Deletion.Without(config, item, choice), [SeenItem.Of(item)], $"Deleted {Items.WordOf(item)} {item.Name}")
        );

    /// <summary>
    /// Does another change of the config for a button: <paramref name="apply"/> says how. What keeps it from being saved is said in a
    /// toast; <paramref name="stale"/> is said when somebody else was faster.
    /// </summary>
    internal Task<bool> TellAsync(Func<Actor, Task<EditResult>> apply, string done, string stale) =>
        deeds.TellAsync(Of(apply, done, next: null) with { Refusal = outcome => Refusal(outcome, stale) });

    private Deed<Outcome> OfButton(Func<ProxyConfig, ProxyConfig> edit, IReadOnlyList<SeenItem> seen, string done) =>
        Of(edit, seen, done) with
        {
            Refusal = outcome => Refusal(outcome, "it was changed a moment ago. Look again and repeat it."),
        };

    private Deed<Outcome> Of(
        Func<ProxyConfig, ProxyConfig> edit,
        IReadOnlyList<SeenItem> seen,
        string done,
        string? comment = null,
        NextStep? next = null
    ) =>
        Of(
            actor =>
            {
                var info = new RevisionInfo(actor, string.IsNullOrWhiteSpace(comment) ? done : comment.Trim(), "console");
                return editor.ApplyAsync(edit, seen, info, CancellationToken.None);
            },
            done,
            next
        );

    private Deed<Outcome> Of(Func<Actor, Task<EditResult>> apply, string done, NextStep? next) =>
        new()
        {
            Do = async actor =>
            {
                var result = await apply(actor);
                return new(
                    result,
                    result is EditResult.Saved saved
                        ? await proxy.WaitForAsync(saved.Revision.Number, _outcomePatience, CancellationToken.None)
                        : null
                );
            },
            Said = outcome => Said(outcome, done, next),
        };

    private Toast? Said(Outcome outcome, string done, NextStep? next)
    {
        if (outcome.Result is EditResult.Unchanged)
            return new("Nothing differs from what is stored.");
        if (outcome is not { Result: EditResult.Saved saved, Report: { } report })
            return null;
        var number = saved.Revision.Number;
        return report.RunningRevision >= number
            ? new($"{done}. Revision {number} is live.", Undo: () => UndoAsync(saved, done), Next: next, Loses: Loses(saved))
            : new(
                $"{done}. Revision {number} is stored but not live: {report.Refusal ?? "the proxy has not applied it yet"}",
                Bad: true,
                Undo: () => UndoAsync(saved, done)
            );
    }

    private static bool Loses(EditResult.Saved saved) =>
        Items.Changed(saved.Before.Config, saved.Revision.Config).Any(id => Items.Find(saved.Revision.Config, id) is null);

    private Task<bool> UndoAsync(EditResult.Saved saved, string done)
    {
        var (before, after) = (saved.Before.Config, saved.Revision.Config);
        var undone = $"Undone: {char.ToLowerInvariant(done[0])}{done[1..]}";
        return deeds.TellAsync(
            Of(head => Undo.Apply(head, before, after), Undo.Seen(before, after), undone) with
            {
                Refusal = outcome =>
                    Refusal(outcome, "it cannot be undone any more, because the same item was changed since. See History."),
            }
        );
    }

    private static string? Refusal(Outcome outcome, string stale) =>
        outcome.Result switch
        {
            EditResult.Stale => stale,
            EditResult.Rejected rejected => rejected.Problems[0].Message,
            _ => null,
        };

    private sealed record Outcome(EditResult Result, NodeReport? Report);
}

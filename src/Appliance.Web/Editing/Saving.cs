using Appliance.Data;
using Appliance.Data.Revisions;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;

namespace Appliance.Web.Editing;

/// <summary>What every page does when somebody saves: through the editor, wait until it is live, say so, offer to take it back. One instance an open page.</summary>
public sealed class Saving(
    ConfigEditor editor, ProxyHost proxy, ConsoleFeed feed, ToastBoard toasts, Acting acting, ILogger<Saving> log)
{
    private static readonly TimeSpan OutcomePatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Saves a change made from <paramref name="seen"/>. <paramref name="done"/> is what a toast says when it worked ("Deleted route chat"), and the
    /// revision's comment when <paramref name="comment"/> is empty; <paramref name="next"/> is offered beside it. A store that is away is a problem like any other.
    /// </summary>
    public async Task<EditResult> SaveAsync(Func<ProxyConfig, ProxyConfig> edit, IReadOnlyList<SeenItem> seen, string done, string? comment = null, NextStep? next = null)
    {
        EditResult result;
        try
        {
            var info = new RevisionInfo(await acting.WhoAsync(), string.IsNullOrWhiteSpace(comment) ? done : comment.Trim(), "console");
            result = await editor.ApplyAsync(edit, seen, info, CancellationToken.None);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            log.NotStored(exception);
            feed.Saw(exception);
            return new EditResult.Rejected([new("", "store_away", $"{StoreFaults.SentenceOf(exception)} What you typed is still here.")]);
        }

        if (result is EditResult.Saved saved)
            await TellAsync(saved, done, next);
        else if (result is EditResult.Unchanged)
            toasts.Show(new("Nothing differs from what is stored."));
        return result;
    }

    /// <summary>As <see cref="SaveAsync"/> for a button without a form: what keeps it from being saved is said in a toast.</summary>
    public async Task QuicklyAsync(Func<ProxyConfig, ProxyConfig> edit, IReadOnlyList<SeenItem> seen, string done)
    {
        switch (await SaveAsync(edit, seen, done))
        {
            case EditResult.Stale:
                await feed.RefreshAsync(CancellationToken.None);
                toasts.Show(new("Somebody else changed it a moment ago; look again and repeat it.", Bad: true));
                break;
            case EditResult.Rejected rejected:
                toasts.Show(new($"Not done: {rejected.Problems[0].Message}", Bad: true));
                break;
        }
    }

    private async Task TellAsync(EditResult.Saved saved, string done, NextStep? next)
    {
        var number = saved.Revision.Number;
        var report = await proxy.WaitForAsync(number, OutcomePatience, CancellationToken.None);
        await feed.RefreshAsync(CancellationToken.None);
        if (report.RunningRevision >= number)
            toasts.Show(new($"{done}. Revision {number} is live.", Undo: () => TakeBackAsync(saved, done), Next: next));
        else
            toasts.Show(new($"{done}. Revision {number} is stored but not live: {report.Refusal ?? "the proxy has not applied it yet"}", Bad: true, Undo: () => TakeBackAsync(saved, done)));
    }

    private async Task TakeBackAsync(EditResult.Saved saved, string done)
    {
        var (before, after) = (saved.Before.Config, saved.Revision.Config);
        switch (await SaveAsync(head => Undo.Apply(head, before, after), Undo.Seen(before, after), $"Undone: {char.ToLowerInvariant(done[0])}{done[1..]}"))
        {
            case EditResult.Stale:
                toasts.Show(new("It cannot be taken back any more: somebody changed the same item since. See History.", Bad: true));
                break;
            case EditResult.Rejected rejected:
                toasts.Show(new("It cannot be taken back: " + rejected.Problems[0].Message, Bad: true));
                break;
        }
    }
}

internal static partial class SavingLog
{
    [LoggerMessage(3300, LogLevel.Error, "A change could not be stored.")]
    public static partial void NotStored(this ILogger log, Exception exception);
}

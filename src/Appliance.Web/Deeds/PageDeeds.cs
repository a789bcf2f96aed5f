using Appliance.Data;
using Appliance.Data.Rights;
using Appliance.Web.Controls;
using Appliance.Web.Live;
using Appliance.Web.SignIn;

namespace Appliance.Web.Deeds;

/// <summary>
/// The one way in which pages do what people ask for: ask if need be, look who it is, do it, see whether the door refused or the store is
/// away, say so, refresh what every page shows. One instance an open page.
/// </summary>
public sealed class PageDeeds(CurrentActor current, ConsoleFeed feed, ToastBoard toasts, Questions questions, ILogger<PageDeeds> log)
{
    /// <summary>Does it, and says in a toast what kept it from being done. True when it is done.</summary>
    public async Task<bool> TellAsync<T>(Deed<T> deed) => Tell(await DoAsync(deed));

    /// <summary>
    /// Asks a question with more answers than yes and no, and goes on as <see cref="TellAsync{T}"/>. Nothing is done when there is no
    /// answer.
    /// </summary>
    public async Task<bool> TellAsync<TAnswer, T>(Func<Task<TAnswer?>> ask, Func<TAnswer, Deed<T>> deed)
        where TAnswer : class => await ask() is { } answer && await TellAsync(deed(answer));

    /// <summary>Does it. What kept it from being done is left to the form that asked.</summary>
    public async Task<DeedResult<T>> DoAsync<T>(Deed<T> deed)
    {
        if (deed.Ask is { } question && !await IsSureAsync(question))
            return new DeedResult<T>.Cancelled();
        var result = await TryAsync(deed);
        if (result is DeedResult<T>.Done done && deed.Said(done.Value) is { } toast)
            toasts.Show(toast);

        // Nobody waits a second to see what they have done, and other pages hear of it immediately.
        await feed.RefreshAsync(CancellationToken.None);
        return result;
    }

    private bool Tell<T>(DeedResult<T> result)
    {
        if (result.Fault is { } fault)
            toasts.Show(new(result is DeedResult<T>.Refused ? $"Not done: {fault}" : fault, Bad: true));
        return result is DeedResult<T>.Done;
    }

    private async Task<bool> IsSureAsync(Confirmation question) =>
        await questions.AskAsync<ConfirmDialog>(
            question.Title,
            new()
            {
                { dialog => dialog.Text, question.Text },
                { dialog => dialog.Verb, question.Verb },
                { dialog => dialog.Loses, question.Loses },
            }
        )
            is true;

    private async Task<DeedResult<T>> TryAsync<T>(Deed<T> deed)
    {
        try
        {
            var value = await deed.Do(await current.WhoAsync());
            return deed.Refusal(value) is { } reason ? new DeedResult<T>.Refused(reason, value) : new DeedResult<T>.Done(value);
        }
        catch (NotAllowedException refused)
        {
            return new DeedResult<T>.Refused(refused.Message, default);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: a deed and its line in the audit are one transaction, or the line comes first. What cannot be recorded was
            // not done.
            log.NotRecorded(deed.Undone, exception);
            feed.Saw(exception);
            return new DeedResult<T>.Away(StoreFaults.SentenceOf(exception, deed.Undone));
        }
    }
}

internal static partial class PageDeedsLog
{
    [LoggerMessage(3300, LogLevel.Error, "What somebody asked a page for could not be recorded: {Undone}.")]
    public static partial void NotRecorded(this ILogger log, string undone, Exception exception);
}

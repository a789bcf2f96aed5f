using System.Globalization;
using Appliance.Data;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;

namespace Appliance.Web.Audit;

/// <summary>What the audit page reads for its person. Every read checks whether the person may still see the audit.</summary>
public sealed class AuditReader(AuditStore store, CurrentActor current)
{
    /// <summary>Entries of a page.</summary>
    public const int PageSize = 50;

    private const string RevisionWord = "revision ";

    /// <summary>One page. Elsewhere than on the page's own thread, which must go on hearing what is typed.</summary>
    public Task<AuditView> ReadAsync(AuditAddress place, CancellationToken cancellationToken) =>
        place.Query.Read() is { Fault: { } fault }
            ? Task.FromResult(new AuditView { Fault = fault, Query = place.Query })
            : GuardedAsync(actor => PageAsync(place, actor, cancellationToken));

    /// <summary>How many have come since that are meant; null when nothing has come.</summary>
    public async Task<(AuditView View, long Newer)?> NewerAsync(AuditView view, CancellationToken cancellationToken)
    {
        if (view.Fault is not null)
            return null;
        var newer = 0L;
        var now = await GuardedAsync(async actor =>
        {
            var chain = await store.ReadChainAsync(actor, cancellationToken);
            if (chain.LastId == view.Chain.LastId && chain.AnchorId == view.Chain.AnchorId)
                return view;
            newer = await store.CountAsync(view.Query.Read().Filter, view.Seen, actor, cancellationToken);
            return view with { Chain = chain };
        });
        return now.Fault is not null ? (now, 0)
            : ReferenceEquals(now, view) ? null
            : (now, newer);
    }

    /// <summary>One entry, or null.</summary>
    public async Task<AuditLine?> FindAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            return await store.FindAsync(id, await current.WhoAsync(), cancellationToken) is { } entry ? AuditLine.Of(entry) : null;
        }
        catch (NotAllowedException)
        {
            // Going on is right: the list beside it says why.
            return null;
        }
    }

    /// <summary>
    /// Walks the chain; <paramref name="progress"/> hears how many entries were walked, on another thread. Null: the person may not.
    /// </summary>
    public async Task<AuditProof?> VerifyAsync(Action<long> progress, CancellationToken cancellationToken)
    {
        var actor = await current.WhoAsync();
        try
        {
            return AuditProof.Of(
                await Task.Run(() => store.VerifyAsync(null, progress, actor, cancellationToken), cancellationToken),
                null
            );
        }
        catch (NotAllowedException)
        {
            // Going on is right: the page says so.
            return null;
        }
    }

    /// <summary>The revision that an entry tells of, for a link to what changed; null: none.</summary>
    public static long? RevisionOf(AuditLine entry) =>
        entry.Action.StartsWith("config.", StringComparison.Ordinal)
        && entry.Target.StartsWith(RevisionWord, StringComparison.Ordinal)
        && long.TryParse(entry.Target.AsSpan(RevisionWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private async Task<AuditView> PageAsync(AuditAddress place, Actor actor, CancellationToken cancellationToken)
    {
        var chain = await store.ReadChainAsync(actor, cancellationToken);
        var filter = place.Query.Read().Filter;
        if (place.NewerThan is { } newer)
        {
            // Fewer than a page would be a page of its own: then the newest are shown.
            var above = await store.ListNewerAsync(filter, PageSize + 1, newer, actor, cancellationToken);
            if (above.Count > PageSize)
                return View(above.Skip(1), chain, place, hasNewer: true, hasOlder: true);
        }

        var older = place.NewerThan is null ? place.OlderThan : null;
        var below = await store.ListAsync(filter, PageSize + 1, older, actor, cancellationToken);
        var hasNewer = older is { } than && (await store.ListNewerAsync(filter, 1, than - 1, actor, cancellationToken)).Count > 0;
        return View(below.Take(PageSize), chain, place, hasNewer, below.Count > PageSize);
    }

    private static AuditView View(IEnumerable<AuditEntry> entries, AuditChainRow chain, AuditAddress place, bool hasNewer, bool hasOlder)
    {
        AuditLine[] lines = [.. entries.Select(AuditLine.Of)];
        return new()
        {
            Entries = lines,
            Chain = chain,
            Query = place.Query,
            HasNewer = hasNewer,
            HasOlder = hasOlder,
            Seen = Math.Max(chain.LastId, lines is [var first, ..] ? first.Id : 0),
        };
    }

    private async Task<AuditView> GuardedAsync(Func<Actor, Task<AuditView>> read)
    {
        try
        {
            var actor = await current.WhoAsync();
            return await Task.Run(() => read(actor));
        }
        catch (NotAllowedException refused)
        {
            return new() { Fault = refused.Message };
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the page asks again, and shows the entries when the database is back.
            return new()
            {
                Fault = $"The audit cannot be read now ({exception.Message.TrimEnd('.')}). It is tried again every second.",
                IsAway = true,
            };
        }
    }
}

using Appliance.Data.Revisions;
using Appliance.Proxy.Snapshots;

namespace Appliance.Web.Hosting;

/// <summary>Compares the database with what ran last, at a start: a database that ends before that has been lost or replaced.</summary>
internal static class LossCheck
{
    /// <summary>
    /// Looks; the store knows of a loss afterwards. Returns what to say of a copy that was set aside, as sentences; null: it was not.
    /// </summary>
    /// <param name="store">The database.</param>
    /// <param name="lastGood">What ran last.</param>
    /// <param name="isServer">True for who writes such copies, and would write over one that it cannot read.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public static async Task<string?> RunAsync(ConfigStore store, LastGoodFile lastGood, bool isServer, CancellationToken cancellationToken)
    {
        if (await IsWholeAsync(store, lastGood, cancellationToken))
            return null;
        var kept = await lastGood.ReadAsync(cancellationToken);
        try
        {
            await store.DetectLossAsync(kept, cancellationToken);
            return kept is null && isServer ? await SetAsideAsync(store, lastGood, cancellationToken) : null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException && kept is not null)
        {
            // Going on is right: a revision that cannot be read is reported where it is read, and what ran last serves meanwhile.
            return null;
        }
    }

    // A newer version wrote it, with words that this one does not know. It is the only copy of what ran last: nothing is written over it.
    private static async Task<string?> SetAsideAsync(ConfigStore store, LastGoodFile lastGood, CancellationToken cancellationToken)
    {
        var (ran, newest) = (await lastGood.ReadNumberAsync(cancellationToken), await store.NewestAsync(cancellationToken));
        if (ran is not { } number || number <= newest)
            return null;
        return $"Revision {number} ran last, the database ends with revision {newest}, and this version cannot read the copy of what ran last: "
            + $"last-good.json was set aside as {lastGood.SetAside()}. If the database is an older one by mistake, start the version that "
            + "wrote the copy.";
    }

    // The number alone tells a loss, and to read all of what ran last takes a tenth of a start.
    private static async Task<bool> IsWholeAsync(ConfigStore store, LastGoodFile lastGood, CancellationToken cancellationToken)
    {
        try
        {
            var ran = await lastGood.ReadNumberAsync(cancellationToken);
            if (ran is null || ran > await store.NewestAsync(cancellationToken))
                return false;
            await store.ReadHeadAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Going on is right: the whole look follows, and says what is wrong.
            return false;
        }
    }
}

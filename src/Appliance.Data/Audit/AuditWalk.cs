using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>
/// One walk along the whole chain. In batches, without a transaction around them: a walk over millions of entries takes a while, and one that held the
/// database meanwhile would let sign-ins and saves fail. What is written while it walks is walked as well; when retention cuts, it begins again.
/// </summary>
internal sealed class AuditWalk(ApplianceDbContext db, string? expected, Action<long>? progress)
{
    private const int Beginnings = 5;
    private AuditChainRow chain = new();
    private long? expectedAt;
    private AuditEntry? newestCut;
    private long count;
    private long id;
    private string hash = AuditChain.Beginning;

    /// <summary>Walks.</summary>
    public async Task<AuditVerdict> RunAsync(CancellationToken cancellationToken)
    {
        if (await AuditShape.FaultOfAsync(db, cancellationToken) is { } fault)
            return fault;
        for (var beginning = 1; ; beginning++)
        {
            if (await ReadChainAsync(cancellationToken) is not { } start)
                return await db.AuditEntries.AnyAsync(cancellationToken) ? new AuditVerdict.Broken(0, "the record of the chain's end is missing") : new AuditVerdict.Intact(0, 0, AuditChain.Beginning, 0);
            (chain, count, id, hash) = (start, 0, start.AnchorId, start.AnchorHash);
            expectedAt = Same(hash, expected) ? id : null;
            newestCut = null;
            var verdict = await WalkAsync(cancellationToken);
            if (verdict is AuditVerdict.Intact || beginning == Beginnings || await ReadChainAsync(cancellationToken) is not { } end || end.AnchorId == start.AnchorId)
                return verdict;
        }
    }

    private async Task<AuditVerdict> WalkAsync(CancellationToken cancellationToken)
    {
        // Not from the anchor on: what somebody put in before it must show, too.
        var read = long.MinValue;
        while (true)
        {
            var from = read;
            List<AuditEntry> entries;
            try
            {
                entries = await db.AuditEntries.AsNoTracking().Where(entry => entry.Id > from).OrderBy(entry => entry.Id).Take(AuditChain.Batch).ToListAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is FormatException or InvalidCastException)
            {
                // A time such as the 31st of February.
                return new AuditVerdict.Broken(id + 1, "an entry from here on cannot be read");
            }

            foreach (var entry in entries)
            {
                if (FaultOf(entry) is { } fault)
                    return new AuditVerdict.Broken(entry.Id, fault);
                (id, hash, count) = (entry.Id, entry.Hash ?? "", count + 1);
                if (entry.Action == AuditCut.Action)
                    newestCut = entry;
                if (Same(hash, expected))
                    expectedAt = id;
            }

            progress?.Invoke(count);
            if (entries.Count > 0)
            {
                read = entries[^1].Id;
                continue;
            }

            // At the end, unless something was written since; that moved the chain's end in the same transaction.
            if (await ReadChainAsync(cancellationToken) is not { } now)
                return new AuditVerdict.Broken(0, "the record of the chain's end is missing");
            if (id == now.LastId && hash == now.LastHash && AuditCut.FaultOf(chain, newestCut) is { } cut)
                return new AuditVerdict.Broken(chain.AnchorId, cut);
            if (id == now.LastId && hash == now.LastHash)
                return new AuditVerdict.Intact(count, id, hash, chain.AnchorId) { ExpectedAt = expectedAt };
            if (now.LastId == chain.LastId || now.LastId <= id)
                return new AuditVerdict.Broken(id + 1, $"the end is missing: the newest entry was {now.LastId}");
            (chain.LastId, chain.LastHash) = (now.LastId, now.LastHash);
        }
    }

    private string? FaultOf(AuditEntry entry) =>
        entry.Id != id + 1 ? $"entry {id + 1} is missing"
        : entry.PreviousHash != hash ? "it does not continue the entry before it"
        : entry.Hash != AuditChain.HashOf(entry) ? "it says something else than when it was written"
        : null;

    private Task<AuditChainRow?> ReadChainAsync(CancellationToken cancellationToken) => db.AuditChains.AsNoTracking().FirstOrDefaultAsync(cancellationToken);

    private static bool Same(string one, string? other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}

using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>
/// One walk along the whole chain. In batches, without a transaction around them: a walk over millions of entries takes a while, and one
/// that held the database meanwhile would let sign-ins and saves fail. What is written while it walks is walked as well; when retention
/// cuts, it begins again.
/// </summary>
internal sealed class AuditWalk(ApplianceDbContext db, string? expected, Action<long>? progress)
{
    private const int Beginnings = 5;
    private AuditChainRow _chain = new();
    private long? _expectedAt;
    private AuditEntry? _newestCut;
    private long _count;
    private long _id;
    private string _hash = AuditChain.Beginning;

    /// <summary>Walks from the anchor to the newest entry.</summary>
    public async Task<AuditVerdict> RunAsync(CancellationToken cancellationToken)
    {
        if (await AuditShape.FaultOfAsync(db, cancellationToken) is { } fault)
            return fault;
        for (var beginning = 1; ; beginning++)
        {
            if (await ReadChainAsync(cancellationToken) is not { } start)
                return await db.AuditEntries.AnyAsync(cancellationToken)
                    ? new AuditVerdict.Broken(0, "the record of the chain's end is missing")
                    : new AuditVerdict.Intact(0, 0, AuditChain.Beginning, 0);
            (_chain, _count, _id, _hash) = (start, 0, start.AnchorId, start.AnchorHash);
            _expectedAt = Same(_hash, expected) ? _id : null;
            _newestCut = null;
            var verdict = await WalkAsync(cancellationToken);
            if (
                verdict is AuditVerdict.Intact
                || beginning == Beginnings
                || await ReadChainAsync(cancellationToken) is not { } end
                || end.AnchorId == start.AnchorId
            )
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
                entries = await db
                    .AuditEntries.AsNoTracking()
                    .Where(entry => entry.Id > from)
                    .OrderBy(entry => entry.Id)
                    .Take(AuditChain.Batch)
                    .ToListAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is FormatException or InvalidCastException)
            {
                // A time such as the 31st of February.
                return new AuditVerdict.Broken(_id + 1, "an entry from here on cannot be read");
            }

            foreach (var entry in entries)
            {
                if (FaultOf(entry) is { } fault)
                    return new AuditVerdict.Broken(entry.Id, fault);
                (_id, _hash, _count) = (entry.Id, entry.Hash ?? "", _count + 1);
                if (entry.Action == AuditCut.Action)
                    _newestCut = entry;
                if (Same(_hash, expected))
                    _expectedAt = _id;
            }

            progress?.Invoke(_count);
            if (entries.Count > 0)
            {
                read = entries[^1].Id;
                continue;
            }

            // At the end, unless something was written since; that moved the chain's end in the same transaction.
            if (await ReadChainAsync(cancellationToken) is not { } now)
                return new AuditVerdict.Broken(0, "the record of the chain's end is missing");
            if (_id == now.LastId && _hash == now.LastHash && AuditCut.FaultOf(_chain, _newestCut) is { } cut)
                return new AuditVerdict.Broken(_chain.AnchorId, cut);
            if (_id == now.LastId && _hash == now.LastHash)
                return new AuditVerdict.Intact(_count, _id, _hash, _chain.AnchorId) { ExpectedAt = _expectedAt };
            if (now.LastId == _chain.LastId || now.LastId <= _id)
                return new AuditVerdict.Broken(_id + 1, $"the end is missing: the newest entry was {now.LastId}");
            (_chain.LastId, _chain.LastHash) = (now.LastId, now.LastHash);
        }
    }

    private string? FaultOf(AuditEntry entry) =>
        entry.Id != _id + 1 ? $"entry {_id + 1} is missing"
        : entry.PreviousHash != _hash ? "it does not continue the entry before it"
        : entry.Hash != AuditChain.HashOf(entry) ? "it says something else than when it was written"
        : null;

    private Task<AuditChainRow?> ReadChainAsync(CancellationToken cancellationToken) =>
        db.AuditChains.AsNoTracking().FirstOrDefaultAsync(cancellationToken);

    private static bool Same(string one, string? other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}

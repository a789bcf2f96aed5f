using Appliance.Data.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>The audit: written for what changes nothing else in the database, read by people, cut by retention. Nothing in it is ever changed.</summary>
public sealed class AuditStore(IDbContextFactory<ApplianceDbContext> contexts, TimeProvider time)
{
    /// <summary>Stores one entry, dated now.</summary>
    public async Task AddAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        entry.AtUtc = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        AuditLog.Append(db, entry);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Those that are meant, newest first; only those before <paramref name="olderThan"/> when it is given.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, int most, long? olderThan, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await filter.Of(db.AuditEntries.AsNoTracking()).Where(entry => olderThan == null || entry.Id < olderThan)
            .OrderByDescending(entry => entry.Id).Take(most).ToListAsync(cancellationToken);
    }

    /// <summary>How many are meant.</summary>
    public async Task<long> CountAsync(AuditFilter filter, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await filter.Of(db.AuditEntries.AsNoTracking()).LongCountAsync(cancellationToken);
    }

    /// <summary>Those that are meant, oldest first, one after the other: for exports of any length.</summary>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await foreach (var entry in filter.Of(db.AuditEntries.AsNoTracking()).OrderBy(entry => entry.Id).AsAsyncEnumerable().WithCancellation(cancellationToken))
            yield return entry;
    }

    /// <summary>Walks the chain.</summary>
    public async Task<AuditVerdict> VerifyAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await AuditChain.VerifyAsync(db, cancellationToken);
    }

    /// <summary>
    /// Retention: takes away what is older than <paramref name="kept"/>, keeps the hash of the newest of it as anchor, and writes that down. Returns how many went.
    /// </summary>
    public async Task<long> CutAsync(TimeSpan kept, Actor actor, CancellationToken cancellationToken)
    {
        var limit = time.GetUtcNow().UtcDateTime - kept;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // A prefix, whatever the clock did: the newest entry whose predecessors are all too old.
        var firstKept = await db.AuditEntries.Where(entry => entry.AtUtc >= limit).MinAsync(entry => (long?)entry.Id, cancellationToken) ?? long.MaxValue;
        var last = await db.AuditEntries.AsNoTracking().Where(entry => entry.Id < firstKept).OrderByDescending(entry => entry.Id).FirstOrDefaultAsync(cancellationToken);
        if (last is null || await db.AuditChains.FindAsync([AuditChainRow.OnlyId], cancellationToken) is not { } chain)
            return 0;
        var gone = await db.AuditEntries.Where(entry => entry.Id <= last.Id).ExecuteDeleteAsync(cancellationToken);
        (chain.AnchorId, chain.AnchorHash) = (last.Id, last.Hash ?? AuditChain.Beginning);
        AuditLog.Append(db, new()
        {
            AtUtc = time.GetUtcNow().UtcDateTime,
            Actor = actor.Name,
            From = actor.From,
            Action = "audit.cut",
            Target = $"entries up to {last.Id}",
            Before = $"{gone} entries",
            After = $"anchor {last.Hash}",
            Result = "ok",
        });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return gone;
    }
}

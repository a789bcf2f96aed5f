using Appliance.Data.Rights;
using Appliance.Proxy.Items;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>
/// The audit: written for what changes nothing else in the database, read by people, cut by retention. Nothing in it is ever changed.
/// Reading takes an administrator and throws <see cref="NotAllowedException"/> for everybody else, with a line of its own.
/// </summary>
public sealed class AuditStore(IDbContextFactory<ApplianceDbContext> contexts, TimeProvider time)
{
    private readonly KeptAudit _kept = new(contexts);

    /// <summary>Entries of what was done while the database could not be written, which wait for it.</summary>
    public int Waiting => _kept.Count;

    /// <summary>
    /// As <see cref="AddAsync"/> for what must be possible in an emergency: while the database cannot be written, the entry waits in
    /// memory. False: it waits. Throws what the database throws when too many wait already.
    /// </summary>
    public async Task<bool> AddOrKeepAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        entry.AtUtc = time.GetUtcNow().UtcDateTime;
        try
        {
            // A database that was away a moment ago is not waited for again: an emergency is no time for it.
            if (_kept.Count > 0 && _kept.TryKeep(entry))
                return false;
            await AddAsync(entry, cancellationToken);
            return true;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception) && _kept.TryKeep(entry))
        {
            return false;
        }
    }

    /// <summary>Stores what waits. Throws what the database throws.</summary>
    public Task StoreWaitingAsync(CancellationToken cancellationToken) => _kept.StoreAsync(cancellationToken);

    /// <summary>Stores one entry, dated now, behind those that wait.</summary>
    public async Task AddAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        await _kept.StoreAsync(cancellationToken);
        entry.AtUtc = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        AuditLog.Append(db, entry);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Those that are meant, newest first; only those before <paramref name="olderThan"/> when it is given.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(
        AuditFilter filter,
        int most,
        long? olderThan,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.view", cancellationToken);
        return await filter
            .Of(db.AuditEntries.AsNoTracking())
            .Where(entry => olderThan == null || entry.Id < olderThan)
            .OrderByDescending(entry => entry.Id)
            .Take(most)
            .ToListAsync(cancellationToken);
    }

    /// <summary>
    /// The oldest of those that are meant and newer than <paramref name="newerThan"/>, newest first: the page before in a list of the
    /// newest.
    /// </summary>
    public async Task<IReadOnlyList<AuditEntry>> ListNewerAsync(
        AuditFilter filter,
        int most,
        long newerThan,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.view", cancellationToken);
        var entries = await filter
            .Of(db.AuditEntries.AsNoTracking())
            .Where(entry => entry.Id > newerThan)
            .OrderBy(entry => entry.Id)
            .Take(most)
            .ToListAsync(cancellationToken);
        entries.Reverse();
        return entries;
    }

    /// <summary>The entry of this number. Null when it was removed by retention, or is not written yet.</summary>
    public async Task<AuditEntry?> FindAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.view", cancellationToken);
        return await db.AuditEntries.AsNoTracking().FirstOrDefaultAsync(entry => entry.Id == id, cancellationToken);
    }

    /// <summary>How many are meant, and newer than <paramref name="newerThan"/> when it is given. Reads them all.</summary>
    public async Task<long> CountAsync(AuditFilter filter, long? newerThan, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.view", cancellationToken);
        return await filter
            .Of(db.AuditEntries.AsNoTracking())
            .Where(entry => newerThan == null || entry.Id > newerThan)
            .LongCountAsync(cancellationToken);
    }

    /// <summary>Where the chain begins and ends, as it is written down; verified is nothing.</summary>
    public async Task<AuditChainRow> ReadChainAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.view", cancellationToken);
        return await db.AuditChains.AsNoTracking().FirstOrDefaultAsync(cancellationToken) ?? new();
    }

    /// <summary>
    /// The entries that match the filter and are not newer than <paramref name="last"/>, oldest first, for exports of any length. They are
    /// read in batches: the receiver may be slow, and a statement that stays open keeps the database's log from being emptied.
    /// <paramref name="actor"/> is asked before each batch, so that a person who loses the right meanwhile gets no more.
    /// </summary>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        AuditFilter filter,
        long last,
        Func<Task<Actor>> actor,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var read = long.MinValue;
        while (true)
        {
            List<AuditEntry> entries;
            await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
            {
                await DemandAsync(db, await actor(), "audit.export", cancellationToken);
                entries = await filter
                    .Of(db.AuditEntries.AsNoTracking())
                    .Where(entry => entry.Id > read && entry.Id <= last)
                    .OrderBy(entry => entry.Id)
                    .Take(AuditChain.Batch)
                    .ToListAsync(cancellationToken);
            }

            foreach (var entry in entries)
                yield return entry;
            if (entries.Count < AuditChain.Batch)
                yield break;
            read = entries[^1].Id;
        }
    }

    /// <summary>
    /// Walks the chain. <paramref name="expected"/> is a hash that was kept elsewhere, to be looked for; <paramref name="progress"/> hears
    /// how many were walked.
    /// </summary>
    public async Task<AuditVerdict> VerifyAsync(string? expected, Action<long>? progress, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.verify", cancellationToken);
        return await new AuditWalk(db, expected, progress).RunAsync(cancellationToken);
    }

    /// <summary>Walks the whole chain, and says what is wrong with it.</summary>
    public Task<AuditVerdict> VerifyAsync(Actor actor, CancellationToken cancellationToken) =>
        VerifyAsync(null, null, actor, cancellationToken);

    /// <summary>
    /// Retention: takes away what is older than <paramref name="kept"/>, keeps the hash of the newest of it as anchor, and writes that
    /// down. Returns how many went.
    /// </summary>
    public async Task<long> CutAsync(TimeSpan kept, Actor actor, CancellationToken cancellationToken)
    {
        var limit = time.GetUtcNow().UtcDateTime - kept;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await DemandAsync(db, actor, "audit.cut", cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // A prefix, whatever the clock did: the newest entry whose predecessors are all too old.
        var firstKept = await db.AuditEntries.Where(entry => entry.AtUtc >= limit).MinAsync(entry => (long?)entry.Id, cancellationToken)
            ?? long.MaxValue;
        var last = await db
            .AuditEntries.AsNoTracking()
            .Where(entry => entry.Id < firstKept)
            .OrderByDescending(entry => entry.Id)
            .FirstOrDefaultAsync(cancellationToken);
        if (last is null || await db.AuditChains.FindAsync([AuditChainRow.OnlyId], cancellationToken) is not { } chain)
            return 0;
        var gone = await db.AuditEntries.Where(entry => entry.Id <= last.Id).ExecuteDeleteAsync(cancellationToken);
        (chain.AnchorId, chain.AnchorHash) = (last.Id, last.Hash ?? AuditChain.Beginning);
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = time.GetUtcNow().UtcDateTime,
                Actor = actor.Name,
                From = actor.From,
                Action = AuditCut.Action,
                Target = AuditCut.TargetOf(chain),
                Before = Counted.Of(gone, "entry", "entries"),
                After = AuditCut.AfterOf(chain),
                Result = "ok",
            }
        );
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return gone;
    }

    private Task DemandAsync(ApplianceDbContext db, Actor actor, string action, CancellationToken cancellationToken) =>
        ActorNow.DemandAdministratorAsync(db, actor, "Reading the audit", action, "audit", time, cancellationToken);
}

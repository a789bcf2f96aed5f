using System.Collections.Immutable;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Revisions;

/// <summary>
/// Revisions in the database. The head is kept in memory: an edit writes only the items it changed, and a reader in this process shares
/// them. Thread-safe.
/// </summary>
public sealed class ConfigStore(IDatabase contexts, TimeProvider time) : IRevisionSource, INodeReportSink, IDisposable
{
    private static readonly TimeSpan _touchPatience = TimeSpan.FromMinutes(3);
    private readonly SemaphoreSlim _gate = new(1, 1);

    // A count and not a signal: a save between two waits of the watcher must not be slept through.
    private readonly SemaphoreSlim _changed = new(0);
    private volatile Head? _head;
    private volatile StoreLoss? _loss;

    // What ran last, until the database could be compared with it.
    private volatile ConfigRevision? _ranLast;

    /// <summary>Whether the database can be written.</summary>
    public StoreHealth Health { get; } = new();

    /// <summary>What the database lost, or null.</summary>
    public StoreLoss? Loss => _loss;

    /// <inheritdoc/>
    /// <remarks>While there is a <see cref="Loss"/>, what ran last.</remarks>
    public async ValueTask<ConfigRevision> ReadHeadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var current = await HeadAsync(cancellationToken);
            return _loss?.Kept ?? current.Revision;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// The head as this process knows it, without a look at the database; before the first look what ran last, or null. Waits for nobody.
    /// </summary>
    public ConfigRevision? KnownHead => _loss?.Kept ?? _head?.Revision ?? _ranLast;

    /// <summary>
    /// The head; while the database cannot be read, what this process knows of it. For what must go on without the database.
    /// </summary>
    public async ValueTask<ConfigRevision> ReadOrKnownHeadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadHeadAsync(cancellationToken);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception) && KnownHead is not null)
        {
            return KnownHead;
        }
    }

    /// <summary>The number of the newest revision in the database; 0: the database is empty.</summary>
    public async Task<long> NewestAsync(CancellationToken cancellationToken)
    {
        await using var connection = await contexts.OpenAsync(cancellationToken);
        return await NewestAsync(connection, cancellationToken);
    }

    /// <summary>
    /// Compares the database with what ran last. One that is older has lost something: from then on nothing is stored, until
    /// <see cref="RestoreAsync"/> or <see cref="AcceptDatabaseAsync"/>. Called once, before anything else. A database that cannot be read
    /// now is compared when it can.
    /// </summary>
    public async Task<StoreLoss?> DetectLossAsync(ConfigRevision? kept, CancellationToken cancellationToken)
    {
        _ranLast = kept;
        await ReadHeadAsync(cancellationToken);
        return _loss;
    }

    /// <summary>
    /// Stores what ran last behind everything that ever was, and ends the <see cref="Loss"/>. <paramref name="config"/> makes a valid
    /// config of the database's head and of what is kept.
    /// </summary>
    public async Task<CommitResult> RestoreAsync(
        Func<ProxyConfig, ProxyConfig, ValidConfig> config,
        RevisionInfo info,
        CancellationToken cancellationToken
    )
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var current = await HeadAsync(cancellationToken);
            if (_loss is not { } lost)
                return new CommitResult.Unchanged(current.Revision);
            var result = await StoreAsync(
                config(current.Revision.Config, lost.Kept.Config),
                current,
                lost.Kept.Number + 1,
                info,
                cancellationToken
            );
            if (result is CommitResult.Saved)
                _loss = null;
            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Goes on with the database as it is, and ends the <see cref="Loss"/>. What ran last is no longer compared with it.</summary>
    public async Task<ConfigRevision> AcceptDatabaseAsync(Actor actor, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var current = await HeadAsync(cancellationToken);
            if (_loss is not { } lost)
                return current.Revision;
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            AuditLog.Append(
                db,
                new()
                {
                    AtUtc = time.GetUtcNow().UtcDateTime,
                    Actor = actor.Name,
                    From = actor.From,
                    Action = "config.restore",
                    Target = "the database as it is",
                    Before = lost.Kept.Number.ToString(),
                    After = current.Revision.Number.ToString(),
                    Result = "ok",
                }
            );
            await db.SaveChangesAsync(cancellationToken);
            _loss = null;
            _changed.Release();
            return current.Revision;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        await _changed.WaitAsync(atMost, cancellationToken);

    /// <summary>
    /// Stores <paramref name="next"/> as the revision behind <paramref name="basedOn"/>, in one transaction with its audit entry.
    /// </summary>
    public async Task<CommitResult> CommitAsync(
        ValidConfig next,
        ConfigRevision basedOn,
        RevisionInfo info,
        CancellationToken cancellationToken
    )
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var current = await HeadAsync(cancellationToken);
            if (_loss is { } lost)
                throw new StoreLossException(lost.Sentence);
            return current.Revision.Number == basedOn.Number
                ? await StoreAsync(next, current, current.Revision.Number + 1, info, cancellationToken)
                : new CommitResult.Stale(current.Revision);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The newest revisions, newest first.</summary>
    public async Task<IReadOnlyList<RevisionRow>> ListRevisionsAsync(int take, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Revisions.AsNoTracking().OrderByDescending(row => row.Id).Take(take).ToListAsync(cancellationToken);
    }

    /// <summary>The revisions that wrote a version of that item or removed it, newest first.</summary>
    public async Task<IReadOnlyList<RevisionRow>> ListRevisionsOfAsync(Guid itemId, int take, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var numbers = await NumbersOfAsync(db, itemId, cancellationToken);
        var wanted = numbers.Reverse().Take(take).ToList();
        return await db
            .Revisions.AsNoTracking()
            .Where(row => wanted.Contains(row.Id))
            .OrderByDescending(row => row.Id)
            .ToListAsync(cancellationToken);
    }

    /// <summary>When an item was made, when it was changed last, and by whom; null when it was never stored.</summary>
    public async Task<ItemLife?> FindLifeAsync(Guid itemId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var numbers = await NumbersOfAsync(db, itemId, cancellationToken);
        if (numbers.Count == 0)
            return null;
        var (first, last) = (numbers.Min, numbers.Max);
        var rows = await db
            .Revisions.AsNoTracking()
            .Where(row => row.Id == first || row.Id == last)
            .OrderBy(row => row.Id)
            .ToListAsync(cancellationToken);
        return rows.Count == 0 ? null : new(rows[0], rows[^1], numbers.Count);
    }

    /// <summary>Author, time and comment of one revision, or null when there is no such revision.</summary>
    public async Task<RevisionRow?> FindRevisionAsync(long number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Revisions.AsNoTracking().FirstOrDefaultAsync(row => row.Id == number, cancellationToken);
    }

    /// <summary>
    /// The revision that was stored before that one; <see cref="ConfigRevision.None"/> when it is the first. Numbers may have gaps: behind
    /// a loss of the database they go on where the lost ones ended.
    /// </summary>
    public async Task<ConfigRevision> ReadBeforeAsync(long number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var before = await db.Revisions.Where(row => row.Id < number).MaxAsync(row => (long?)row.Id, cancellationToken);
        return before is { } known && await ReadAsync(known, cancellationToken) is { } revision ? revision : ConfigRevision.None;
    }

    /// <summary>The number of the revision that was stored after that one; null when it is the newest.</summary>
    public async Task<long?> NumberAfterAsync(long number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Revisions.Where(row => row.Id > number).MinAsync(row => (long?)row.Id, cancellationToken);
    }

    /// <summary>The config as it was at that revision, or null when there is no such revision.</summary>
    public async Task<ConfigRevision?> ReadAsync(long number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (number != 0 && !await db.Revisions.AnyAsync(row => row.Id == number, cancellationToken))
            return null;
        await using var connection = await contexts.OpenAsync(cancellationToken);
        return (await LoadAsync(connection, number, null, cancellationToken)).Revision;
    }

    // An item has one kind for all its life: all tables but one find nothing.
    private static async Task<SortedSet<long>> NumbersOfAsync(ApplianceDbContext db, Guid itemId, CancellationToken cancellationToken)
    {
        var numbers = new SortedSet<long>();
        foreach (var table in ItemTables.InOrder)
            numbers.UnionWith(await table.RevisionsOfAsync(db, itemId, cancellationToken));
        return numbers;
    }

    /// <inheritdoc/>
    public async ValueTask ReportAsync(NodeReport report, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var node = Environment.MachineName;
        var row = await db.NodeReports.FindAsync([node], cancellationToken);
        if (row is null)
            db.NodeReports.Add(row = new() { Node = node });
        row.WantedRevision = report.WantedRevision;
        row.RunningRevision = report.RunningRevision;
        row.Refusal = report.Refusal;
        row.AtUtc = report.At.UtcDateTime;
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// Writes when this node was last here: a look whether anything can be stored. Throws what the database throws. A revision that this
    /// process is storing is waited for, for some minutes: thousands of items hold the database longer than a statement waits, and that is
    /// no trouble.
    /// </summary>
    public async Task TouchAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            // Not held while it writes: under another process's lock, that takes seconds, and readers need the gate.
            if (await _gate.WaitAsync(_touchPatience, cancellationToken))
                _gate.Release();
            try
            {
                await WriteTouchAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (StoreFaults.IsAway(exception) && IsStoring() && time.GetElapsedTime(began) < _touchPatience)
            {
                // Going on is right: a revision of our own came in between, and is waited for.
            }
        }
    }

    private bool IsStoring() => _gate.CurrentCount == 0;

    private async Task WriteTouchAsync(CancellationToken cancellationToken)
    {
        var node = Environment.MachineName;
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db
            .NodeReports.Where(row => row.Node == node)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.AtUtc, now), cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate.Dispose();
        _changed.Dispose();
    }

    // Under the gate. An unchanged config is stored only where its number is another one.
    private async Task<CommitResult> StoreAsync(
        ValidConfig next,
        Head current,
        long number,
        RevisionInfo info,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var config = next.Config;
        var rows = current.Rows.ToBuilder();
        var written = new List<ItemRow>();
        foreach (var table in ItemTables.InOrder)
            table.Write(db, current.Rows, config.Of(table.Kind), rows, written, number);
        if (!db.ChangeTracker.HasChanges() && number == current.Revision.Number + 1)
            return new CommitResult.Unchanged(current.Revision);
        var summary = ConfigDiff.Between(current.Revision.Config, config).Summary;
        var now = time.GetUtcNow().UtcDateTime;
        db.Revisions.Add(
            new()
            {
                Id = number,
                CreatedUtc = now,
                Author = info.Actor.Name,
                Comment = VisibleText.OfLines(info.Comment),
                Origin = info.Origin,
                Summary = summary,
            }
        );
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = now,
                Actor = info.Actor.Name,
                From = info.Actor.From,
                Action = "config." + info.Origin,
                Target = $"revision {number}",
                Before = current.Revision.Number.ToString(),
                After = number.ToString(),
                Result = "ok: " + summary,
            }
        );
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await ActorNow.ChangeOfAsync(db, info.Actor, time, cancellationToken) is { } why)
            return new CommitResult.NotAllowed(why);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            await transaction.RollbackAsync(cancellationToken);
            if (!await IsTakenAsync(number, cancellationToken))
                throw;
            _head = null;
            return new CommitResult.Stale((await HeadAsync(cancellationToken)).Revision);
        }

        // The database has chosen the keys of the new rows.
        foreach (var row in written)
            rows[row.ItemId] = rows[row.ItemId] with { RowId = row.RowId };
        var stored = new ConfigRevision(number, config);
        _head = new(stored, rows.ToImmutable());
        Health.Stored();
        _changed.Release();
        return new CommitResult.Saved(stored);
    }

    private async Task<bool> IsTakenAsync(long number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Revisions.AnyAsync(row => row.Id == number, cancellationToken);
    }

    // The head from memory while nobody else wrote; else read again, sharing what did not change.
    private async Task<Head> HeadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await contexts.OpenAsync(cancellationToken);
        var newest = await NewestAsync(connection, cancellationToken);
        if (_head is { } known && known.Revision.Number == newest)
            return known;

        // Revisions never go away: the file was emptied, or an older copy was written over it.
        var loaded = await LoadAsync(connection, newest, _head, cancellationToken);
        if ((_head?.Revision ?? _ranLast) is { } ran && ran.Number > newest)
            _loss ??= new(newest, ran);
        _ranLast = null;
        return _head = loaded;
    }

    private static async Task<long> NewestAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT MAX("Id") FROM "Revisions" """;
        return await command.ExecuteScalarAsync(cancellationToken) is long newest ? newest : 0;
    }

    private static async Task<Head> LoadAsync(SqliteConnection connection, long number, Head? known, CancellationToken cancellationToken)
    {
        var rows = ImmutableDictionary.CreateBuilder<Guid, StoredItem>();
        var config = ProxyConfig.Empty;
        foreach (var table in ItemTables.InOrder)
            config = config.With(table.Kind, await table.ReadAsync(connection, number, known?.Rows, rows, cancellationToken));
        return new(new(number, config), rows.ToImmutable());
    }

    private sealed record Head(ConfigRevision Revision, ImmutableDictionary<Guid, StoredItem> Rows);
}

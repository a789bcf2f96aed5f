using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>
/// Entries of what was done while the database could not be written. They are in memory until it can, and never more than
/// <see cref="Most"/>: an operator must be able to close and drain in an emergency, and the audit must not forget it.
/// </summary>
internal sealed class KeptAudit(IDbContextFactory<ApplianceDbContext> contexts)
{
    /// <summary>How many are kept; what comes after that is not done.</summary>
    public const int Most = 1000;

    private readonly Lock _lock = new();
    private readonly List<AuditEntry> _entries = [];
    private int _isStoring;

    /// <summary>How many entries wait to be stored.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Keeps one. False when there is no room for it.</summary>
    public bool TryKeep(AuditEntry entry)
    {
        lock (_lock)
        {
            if (_entries.Count >= Most)
                return false;
            if (entry.Result == "ok")
                entry.Result = "ok: written late, because the database could not be written";
            _entries.Add(entry);
            return true;
        }
    }

    /// <summary>
    /// Stores what waits, in the order in which it was done; nothing while somebody else is at it. Throws what the database throws; then
    /// everything still waits.
    /// </summary>
    public async Task StoreAsync(CancellationToken cancellationToken)
    {
        if (Count == 0 || Interlocked.Exchange(ref _isStoring, 1) != 0)
            return;
        try
        {
            List<AuditEntry> waiting;
            lock (_lock)
                waiting = [.. _entries];
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            waiting.ForEach(entry => AuditLog.Append(db, entry));
            await db.SaveChangesAsync(cancellationToken);
            lock (_lock)
                _entries.RemoveRange(0, waiting.Count);
        }
        finally
        {
            Volatile.Write(ref _isStoring, 0);
        }
    }
}

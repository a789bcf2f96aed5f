using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>Writes audit entries of what changes nothing in the database: closes, drains, inspections.</summary>
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

    /// <summary>The newest entries, newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(int most, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.AuditEntries.AsNoTracking().OrderByDescending(entry => entry.Id).Take(most).ToListAsync(cancellationToken);
    }
}

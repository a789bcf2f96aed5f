namespace Appliance.Data.Audit;

/// <summary>The one way to write an audit entry.</summary>
public static class AuditLog
{
    /// <summary>Adds an entry to the transaction of what it tells about: both are stored, or neither.</summary>
    public static void Append(ApplianceDbContext db, AuditEntry entry) => db.NewAuditEntries.Add(entry);
}

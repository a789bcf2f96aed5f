using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Nodes;
using Appliance.Data.Revisions;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data;

/// <summary>The database. Short-lived: made by a factory for one piece of work.</summary>
public sealed class ApplianceDbContext(DbContextOptions<ApplianceDbContext> options) : DbContext(options)
{
    /// <summary>Every stored revision.</summary>
    public DbSet<RevisionRow> Revisions => Set<RevisionRow>();

    /// <summary>Versions of routes.</summary>
    public DbSet<RouteRow> Routes => Set<RouteRow>();

    /// <summary>Versions of pools.</summary>
    public DbSet<UpstreamPoolRow> UpstreamPools => Set<UpstreamPoolRow>();

    /// <summary>Versions of maps.</summary>
    public DbSet<HeaderMapRowVersion> HeaderMaps => Set<HeaderMapRowVersion>();

    /// <summary>Who did what.</summary>
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>What each node runs.</summary>
    public DbSet<NodeReportRow> NodeReports => Set<NodeReportRow>();

    /// <summary>Who may use the console.</summary>
    public DbSet<Account> Accounts => Set<Account>();

    /// <summary>The open setup link, if there is one.</summary>
    public DbSet<SetupLinkRow> SetupLinks => Set<SetupLinkRow>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RevisionRow>(revision =>
        {
            revision.HasKey(row => row.Id);
            revision.Property(row => row.Id).ValueGeneratedNever();
        });
        Item<RouteRow>(modelBuilder);
        Item<UpstreamPoolRow>(modelBuilder);
        Item<HeaderMapRowVersion>(modelBuilder);
        modelBuilder.Entity<AuditEntry>().HasIndex(entry => entry.AtUtc);
        modelBuilder.Entity<NodeReportRow>().HasKey(row => row.Node);
        modelBuilder.Entity<Account>().HasIndex(account => account.NormalizedName).IsUnique();
        modelBuilder.Entity<SetupLinkRow>().Property(row => row.Id).ValueGeneratedNever();
    }

    private static void Item<T>(ModelBuilder modelBuilder)
        where T : ItemRow => modelBuilder.Entity<T>(item =>
        {
            item.HasKey(row => row.RowId);
            item.HasIndex(row => row.FromRevision);
            item.HasIndex(row => row.ToRevision);

            // One current version an item: the database itself forbids two.
            item.HasIndex(row => row.ItemId).IsUnique().HasFilter("\"ToRevision\" IS NULL");
        });
}

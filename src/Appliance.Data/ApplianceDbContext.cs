using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Nodes;
using Appliance.Data.Revisions;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data;

/// <summary>The database. Short-lived: made by a factory for one piece of work.</summary>
public sealed class ApplianceDbContext(DbContextOptions<ApplianceDbContext> options) : DbContext(options)
{
    /// <summary>Every stored revision.</summary>
    public DbSet<RevisionRow> Revisions => Set<RevisionRow>();

    /// <summary>Who did what.</summary>
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>Beginning and end of the audit's chain.</summary>
    public DbSet<AuditChainRow> AuditChains => Set<AuditChainRow>();

    /// <summary>What each node runs.</summary>
    public DbSet<NodeReportRow> NodeReports => Set<NodeReportRow>();

    /// <summary>Who may use the console.</summary>
    public DbSet<Account> Accounts => Set<Account>();

    /// <summary>Where they are signed in.</summary>
    public DbSet<AccountSession> Sessions => Set<AccountSession>();

    /// <summary>The open links of the command line.</summary>
    public DbSet<SetupLinkRow> SetupLinks => Set<SetupLinkRow>();

    /// <summary>The certificates that the product holds.</summary>
    public DbSet<CertificateRow> Certificates => Set<CertificateRow>();

    /// <summary>Accounts at authorities that issue certificates.</summary>
    public DbSet<AcmeAccountRow> AcmeAccounts => Set<AcmeAccountRow>();

    /// <summary>What the next save writes into the audit; without a number until then.</summary>
    internal List<AuditEntry> NewAuditEntries { get; } = [];

    /// <summary>New audit entries are linked to their chain on the way, in the same transaction.</summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (NewAuditEntries.Count == 0)
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);

        // It takes the write lock at once: two processes that both read the chain's end would write two ends.
        await using var own = Database.CurrentTransaction is null ? await Database.BeginTransactionAsync(cancellationToken) : null;
        await AuditChain.LinkAsync(this, NewAuditEntries, cancellationToken);
        AuditEntries.AddRange(NewAuditEntries);
        NewAuditEntries.Clear();
        var written = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        if (own is not null)
            await own.CommitAsync(cancellationToken);
        return written;
    }

    /// <summary>Not used: audit entries are linked by the asynchronous one.</summary>
    public override int SaveChanges(bool acceptAllChangesOnSuccess) => throw new NotSupportedException("Use SaveChangesAsync.");

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RevisionRow>(revision =>
        {
            revision.HasKey(row => row.Id);
            revision.Property(row => row.Id).ValueGeneratedNever();
        });
        foreach (var table in ItemTables.InOrder)
            table.Describe(modelBuilder);
        modelBuilder.Entity<AuditEntry>(entry =>
        {
            entry.Property(one => one.Id).ValueGeneratedNever();
            entry.HasIndex(one => one.AtUtc);
        });
        modelBuilder.Entity<AuditChainRow>().Property(row => row.Id).ValueGeneratedNever();
        modelBuilder.Entity<NodeReportRow>().HasKey(row => row.Node);
        modelBuilder.Entity<Account>(account =>
        {
            account.HasIndex(one => one.NormalizedName).IsUnique();
            account.HasIndex(one => new { one.Provider, one.Subject }).IsUnique();
            account.Property(one => one.Role).HasConversion(role => role.ToString().ToLowerInvariant(), text => Enum.Parse<Role>(text, true));
        });
        modelBuilder.Entity<AccountSession>(session =>
        {
            session.HasKey(one => one.Id);
            session.HasIndex(one => one.AccountId);
        });
        modelBuilder.Entity<SetupLinkRow>().Property(row => row.Id).ValueGeneratedNever();
        modelBuilder.Entity<CertificateRow>(certificate =>
        {
            certificate.Property(one => one.Id).ValueGeneratedNever();
            certificate.HasIndex(one => one.NormalizedName).IsUnique();
            certificate.Property(one => one.Kind).HasConversion(kind => kind.ToString().ToLowerInvariant(), text => Enum.Parse<CertificateKind>(text, true));

            // Two people who change one at the same time: the second hears of it.
            certificate.Property(one => one.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<AcmeAccountRow>(account =>
        {
            account.Property(one => one.Id).ValueGeneratedNever();
            account.HasIndex(one => new { one.Directory, one.Email }).IsUnique();
        });
    }
}

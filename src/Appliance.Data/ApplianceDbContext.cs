using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Notices;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data;

/// <summary>The database. Short-lived: made by a factory for one piece of work.</summary>
public sealed class ApplianceDbContext(DbContextOptions<ApplianceDbContext> options) : DbContext(options)
{
    /// <summary>All revisions that are stored.</summary>
    public DbSet<RevisionRow> Revisions => Set<RevisionRow>();

    /// <summary>The entries of the audit.</summary>
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>Beginning and end of the audit's chain.</summary>
    public DbSet<AuditChainRow> AuditChains => Set<AuditChainRow>();

    /// <summary>What each node runs.</summary>
    public DbSet<NodeReportRow> NodeReports => Set<NodeReportRow>();

    /// <summary>Who may use the console.</summary>
    public DbSet<Account> Accounts => Set<Account>();

    /// <summary>Where they are signed in.</summary>
    public DbSet<AccountSession> Sessions => Set<AccountSession>();

    /// <summary>The tokens by which programs use the API.</summary>
    public DbSet<ApiToken> Tokens => Set<ApiToken>();

    /// <summary>The open links of the command line.</summary>
    public DbSet<SetupLinkRow> SetupLinks => Set<SetupLinkRow>();

    /// <summary>The certificates that the product holds.</summary>
    public DbSet<CertificateRow> Certificates => Set<CertificateRow>();

    /// <summary>Accounts at authorities that issue certificates.</summary>
    public DbSet<AcmeAccountRow> AcmeAccounts => Set<AcmeAccountRow>();

    /// <summary>Troubles that people were told about.</summary>
    public DbSet<NoticeRow> Notices => Set<NoticeRow>();

    /// <summary>Until when each person has seen them.</summary>
    public DbSet<NoticeSeen> NoticesSeen => Set<NoticeSeen>();

    /// <summary>The channels by which notices leave the product.</summary>
    public DbSet<NoticeChannelRow> NoticeChannels => Set<NoticeChannelRow>();

    /// <summary>What the next save writes into the audit; without a number until then.</summary>
    internal List<AuditEntry> NewAuditEntries { get; } = [];

    /// <summary>The account of a session, or null.</summary>
    internal Task<Account?> AccountOfSessionAsync(string session, CancellationToken cancellationToken) =>
        Accounts
            .AsNoTracking()
            .FirstOrDefaultAsync(account => Sessions.Any(row => row.Id == session && row.AccountId == account.Id), cancellationToken);

    /// <summary>What a token may do at that moment; nothing when it is revoked, has expired, or its owner is gone or disabled.</summary>
    internal async Task<Grant> GrantOfTokenAsync(long id, DateTime now, CancellationToken cancellationToken)
    {
        var token = await Tokens.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellationToken);
        if (token is null || token.HasExpired(now))
            return ApiToken.Nothing;
        var owner = token.AccountId is { } account
            ? await Accounts.AsNoTracking().FirstOrDefaultAsync(person => person.Id == account, cancellationToken)
            : null;
        return token.GrantOf(owner);
    }

    /// <summary>New audit entries are linked to their chain on the way, in the same transaction.</summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (NewAuditEntries.Count == 0)
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);

        // It takes the write lock immediately: two processes that both read the chain's end would write two ends.
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

    /// <summary>Each folder says how its rows are stored; those of items are described by their tables.</summary>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ApplianceDbContext).Assembly);
        foreach (var table in ItemTables.InOrder)
            table.Describe(modelBuilder);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Audit;

/// <summary>Where the chain begins and ends. Written with every entry, in its transaction.</summary>
public sealed class AuditChainRow
{
    /// <summary>Always <see cref="OnlyId"/>.</summary>
    public int Id { get; set; } = OnlyId;

    /// <summary>The key of the newest entry; 0: there was none yet.</summary>
    public long LastId { get; set; }

    /// <summary>The hash of the newest entry.</summary>
    public string LastHash { get; set; } = AuditChain.Beginning;

    /// <summary>The key of the newest entry that retention cut away; 0: nothing was.</summary>
    public long AnchorId { get; set; }

    /// <summary>Its hash, which the oldest entry that is left continues.</summary>
    public string AnchorHash { get; set; } = AuditChain.Beginning;

    /// <summary>The key of the only row.</summary>
    public const int OnlyId = 1;
}

/// <summary>AuditChainRow in the database. There is one row, of a fixed number.</summary>
internal sealed class AuditChainRowConfiguration : IEntityTypeConfiguration<AuditChainRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<AuditChainRow> builder) => builder.Property(row => row.Id).ValueGeneratedNever();
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Notices;

/// <summary>Until when a person has seen the notices. The row goes with the account.</summary>
public sealed class NoticeSeen
{
    /// <summary>The account.</summary>
    public long AccountId { get; set; }

    /// <summary>Notices that were told until then are not new to them, UTC.</summary>
    public DateTime SeenUtc { get; set; }
}

/// <summary>NoticeSeen in the database: a row an account.</summary>
internal sealed class NoticeSeenConfiguration : IEntityTypeConfiguration<NoticeSeen>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<NoticeSeen> builder)
    {
        builder.HasKey(seen => seen.AccountId);
        builder.Property(seen => seen.AccountId).ValueGeneratedNever();
        builder.HasOne<Accounts.Account>().WithOne().HasForeignKey<NoticeSeen>(seen => seen.AccountId);
    }
}

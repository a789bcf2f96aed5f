using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Notices;

/// <summary>A channel as it is stored.</summary>
public sealed class NoticeChannelRow
{
    /// <summary>The id of the channel.</summary>
    public Guid Id { get; set; }

    /// <summary>The name in upper case, which is there once.</summary>
    public required string NormalizedName { get; set; }

    /// <summary><see cref="ChannelSettings"/> as JSON.</summary>
    public required string SettingsJson { get; set; }

    /// <summary><see cref="ChannelSecrets"/>, sealed; null: it has no secrets.</summary>
    public byte[]? SealedSecrets { get; set; }

    /// <summary>When it was changed last, UTC.</summary>
    public DateTime UpdatedUtc { get; set; }

    /// <summary>Who changed it last.</summary>
    public required string UpdatedBy { get; set; }

    /// <summary>Counts changes; stale edits are known by it.</summary>
    public long Version { get; set; }
}

/// <summary>NoticeChannelRow in the database.</summary>
internal sealed class NoticeChannelRowConfiguration : IEntityTypeConfiguration<NoticeChannelRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<NoticeChannelRow> builder)
    {
        builder.Property(channel => channel.Id).ValueGeneratedNever();
        builder.HasIndex(channel => channel.NormalizedName).IsUnique();

        // Two people who change one at the same time: the second hears of it.
        builder.Property(channel => channel.Version).IsConcurrencyToken();
    }
}

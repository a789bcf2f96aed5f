using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Accounts;

/// <summary>An open link of the command line. The token itself is never stored.</summary>
public sealed class SetupLinkRow
{
    /// <summary><see cref="OnlyId"/> or <see cref="SignInId"/>: a new link replaces the one before.</summary>
    public int Id { get; set; } = OnlyId;

    /// <summary>SHA-256 of the token, in hex.</summary>
    public required string TokenHash { get; set; }

    /// <summary>From then on it is worth nothing.</summary>
    public DateTime ExpiresUtc { get; set; }

    /// <summary>Whom a sign-in link signs in.</summary>
    public long? AccountId { get; set; }

    /// <summary>The key of the setup link, which makes an administrator.</summary>
    public const int OnlyId = 1;

    /// <summary>The key of the sign-in link, which signs an administrator in without a password.</summary>
    public const int SignInId = 2;
}

/// <summary>SetupLinkRow in the database. Its number says what the link is for.</summary>
internal sealed class SetupLinkRowConfiguration : IEntityTypeConfiguration<SetupLinkRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SetupLinkRow> builder) => builder.Property(row => row.Id).ValueGeneratedNever();
}

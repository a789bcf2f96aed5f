using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Accounts;

/// <summary>One browser in which somebody is signed in. It ends when its row is gone.</summary>
public sealed class AccountSession
{
    /// <summary>128 random bits in hex; the cookie carries it, sealed.</summary>
    public required string Id { get; set; }

    /// <summary>The account that is signed in.</summary>
    public long AccountId { get; set; }

    /// <summary>When the session began, UTC.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>
    /// When the person proved who they are: by a password here, or by what the provider says (<c>auth_time</c>); long ago when it does not
    /// say.
    /// </summary>
    public DateTime ProvedUtc { get; set; }

    /// <summary>The last time it was used, within a minute.</summary>
    public DateTime LastSeenUtc { get; set; }

    /// <summary>It ends then, however much it is used.</summary>
    public DateTime ExpiresUtc { get; set; }

    /// <summary>The address it began from.</summary>
    public required string From { get; set; }

    /// <summary>What the browser called itself, at most 200 characters.</summary>
    public required string Agent { get; set; }

    /// <summary>The issuer that began it; null: a local password.</summary>
    public string? Provider { get; set; }

    /// <summary>The issuer's key of its own session (<c>sid</c>), when it gave one.</summary>
    public string? ProviderSession { get; set; }
}

/// <summary>AccountSession in the database. Sessions are looked up by number, and ended by account.</summary>
internal sealed class AccountSessionConfiguration : IEntityTypeConfiguration<AccountSession>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<AccountSession> builder)
    {
        builder.HasKey(session => session.Id);
        builder.HasIndex(session => session.AccountId);
    }
}

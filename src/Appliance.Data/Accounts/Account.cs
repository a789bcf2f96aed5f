using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Accounts;

/// <summary>Somebody who may use the console.</summary>
public sealed class Account
{
    /// <summary>Chosen by the database.</summary>
    public long Id { get; set; }

    /// <summary>
    /// What the person types and others see, as <see cref="PersonNames"/> allows; of a provider's people with the provider behind it:
    /// <c>ann · Company</c>.
    /// </summary>
    public required string Name { get; set; }

    /// <summary>The name in upper case; unique, so that Ann and ann are one.</summary>
    public required string NormalizedName { get; set; }

    /// <summary>What the password hasher made of the password; null for people who sign in elsewhere.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>What the person may do.</summary>
    public required Role Role { get; set; }

    /// <summary>Which routes the person may change, as <see cref="AccessScope"/> writes it; empty: all.</summary>
    public string Scope { get; set; } = "";

    /// <summary>True: no sign-in, and no session goes on.</summary>
    public bool Disabled { get; set; }

    /// <summary>The issuer that vouches for the person; null for a local account.</summary>
    public string? Provider { get; set; }

    /// <summary>The issuer's key of the person.</summary>
    public string? Subject { get; set; }

    /// <summary>Somebody else chose the password: the first thing to do is to choose another.</summary>
    public bool MustChangePassword { get; set; }

    /// <summary>The secret of the second factor, sealed; null: none.</summary>
    public string? SecondFactor { get; set; }

    /// <summary>The time step of the last code (RFC 6238, 5.2): a code works once.</summary>
    public long SecondFactorStep { get; set; }

    /// <summary>Hashes of the recovery codes that are left, separated by blanks; in front, how they were made.</summary>
    public string RecoveryCodes { get; set; } = "";

    /// <summary>Wrong codes of the second factor since the last right one.</summary>
    public int FailedSignIns { get; set; }

    /// <summary>Until then nobody signs in by password and code; null: not locked.</summary>
    public DateTime? LockedUntilUtc { get; set; }

    /// <summary>When it was made.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>The last time a sign-in succeeded.</summary>
    public DateTime? LastSignInUtc { get; set; }

    /// <summary>What the person may do, and to what.</summary>
    public Grant Grant => new(Role, AccessScope.Stored(Scope));
}

/// <summary>Account in the database. A name, and a person of a provider, are there once; the role is a word.</summary>
internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<Account> builder)
    {
        builder.HasIndex(account => account.NormalizedName).IsUnique();
        builder.HasIndex(account => new { account.Provider, account.Subject }).IsUnique();
        builder
            .Property(account => account.Role)
            .HasConversion(role => role.ToString().ToLowerInvariant(), text => Enum.Parse<Role>(text, true));
    }
}

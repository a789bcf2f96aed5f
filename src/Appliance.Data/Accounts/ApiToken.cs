using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Accounts;

/// <summary>A secret by which a program uses the API. Only its hash is stored. The token ends when its row is gone.</summary>
public sealed class ApiToken
{
    /// <summary>Chosen by the database, never used again.</summary>
    public long Id { get; set; }

    /// <summary>What people call it, as <see cref="ApiTokenStore.NameFault"/> allows.</summary>
    public required string Name { get; set; }

    /// <summary>The name in upper case; unique.</summary>
    public required string NormalizedName { get; set; }

    /// <summary>SHA-256 of the text, in hex. The text has 256 random bits, so that nothing slower is needed.</summary>
    public required string Hash { get; set; }

    /// <summary>The first characters of the text, so that people can tell tokens apart.</summary>
    public required string Start { get; set; }

    /// <summary>What it is for, as <see cref="TokenScopeWords"/> writes it.</summary>
    public required string Scopes { get; set; }

    /// <summary>The account whose rights limit it; null: it was made on the command line, with the rights of an administrator.</summary>
    public long? AccountId { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>The name of the person who made it, as it was then.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>It is worth nothing from then on; null: it does not expire.</summary>
    public DateTime? ExpiresUtc { get; set; }

    /// <summary>The last use, within a minute; null: it was never used.</summary>
    public DateTime? LastUsedUtc { get; set; }

    /// <summary>The address of the last use that was written.</summary>
    public string? LastUsedFrom { get; set; }

    /// <summary>The rights of a token that does not hold.</summary>
    internal static Grant Nothing { get; } = Grant.Nothing with { Only = TokenScopes.None };

    /// <summary>True when its time is over.</summary>
    public bool HasExpired(DateTime now) => ExpiresUtc <= now;

    /// <summary>
    /// What it may do when <paramref name="owner"/> is the account of <see cref="AccountId"/>; null: there is no such account.
    /// </summary>
    internal Grant GrantOf(Account? owner) =>
        AccountId is null ? Grant.All with { Only = TokenScopeWords.Stored(Scopes) }
        : owner is { Disabled: false } ? owner.Grant with { Only = TokenScopeWords.Stored(Scopes) }
        : Nothing;
}

/// <summary>ApiToken in the database. A token is looked up by its hash, and named by its name.</summary>
internal sealed class ApiTokenConfiguration : IEntityTypeConfiguration<ApiToken>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ApiToken> builder)
    {
        builder.ToTable("ApiTokens");
        builder.HasIndex(token => token.NormalizedName).IsUnique();
        builder.HasIndex(token => token.Hash).IsUnique();
        builder.HasIndex(token => token.AccountId);
    }
}

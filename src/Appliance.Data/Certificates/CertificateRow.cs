using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Certificates;

/// <summary>How a certificate came to be held.</summary>
public enum CertificateKind
{
    /// <summary>Somebody uploaded the certificate.</summary>
    Uploaded,

    /// <summary>The console made it, self-signed.</summary>
    SelfSigned,

    /// <summary>Ordered from an authority by ACME (RFC 8555), and renewed by the product.</summary>
    Acme,
}

/// <summary>
/// One certificate that the product holds. Not part of the config and its revisions: keys and renewals belong into neither exports nor
/// undos.
/// </summary>
public sealed class CertificateRow
{
    /// <summary>Who it is; renewals keep it.</summary>
    public Guid Id { get; set; }

    /// <summary>What people call it: 1 to 64 characters, as it was written.</summary>
    public required string Name { get; set; }

    /// <summary>The name in upper case; unique.</summary>
    public required string NormalizedName { get; set; }

    /// <summary>How it came to be held.</summary>
    public required CertificateKind Kind { get; set; }

    /// <summary>What it is good for, lower case; of an order, what it is to be good for.</summary>
    public List<string> Names { get; set; } = [];

    /// <summary>The chain in PEM, the leaf first; null until the first issue.</summary>
    public string? Pem { get; set; }

    /// <summary>Its private key as PKCS#8, sealed; null until the first issue.</summary>
    public byte[]? SealedKey { get; set; }

    /// <summary>From when it is valid.</summary>
    public DateTime? NotBeforeUtc { get; set; }

    /// <summary>Until when it is valid, UTC.</summary>
    public DateTime? NotAfterUtc { get; set; }

    /// <summary>For clients that ask for no name, or for one that nothing has; at most one.</summary>
    public bool IsDefault { get; set; }

    /// <summary>When it was added.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>The name of the person who added it.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>When it, its order or its mark was changed last; a failed renewal changes nothing.</summary>
    public DateTime UpdatedUtc { get; set; }

    /// <summary>Counts these changes; stale edits are known by it.</summary>
    public long Version { get; set; }

    /// <summary>What was ordered, as <see cref="AcmeOrder"/> writes it; null for other kinds.</summary>
    public string? AcmeJson { get; set; }

    /// <summary>The secrets of the order, as <see cref="AcmeSecrets"/> writes them, sealed; null when it has none.</summary>
    public byte[]? SealedAcme { get; set; }

    /// <summary>When the authority was asked last.</summary>
    public DateTime? LastTriedUtc { get; set; }

    /// <summary>When the authority is asked next, UTC; null: only when somebody asks for a renewal.</summary>
    public DateTime? NextTryUtc { get; set; }

    /// <summary>How often it failed since it last went well.</summary>
    public int FailuresInRow { get; set; }

    /// <summary>Why it failed last, for an operator; null after it went well.</summary>
    public string? LastProblem { get; set; }
}

/// <summary>An account at an authority, which several certificates share.</summary>
public sealed class AcmeAccountRow
{
    /// <summary>The id of the account in the database.</summary>
    public Guid Id { get; set; }

    /// <summary>The authority's directory URL.</summary>
    public required string Directory { get; set; }

    /// <summary>The contact; empty for none.</summary>
    public required string Email { get; set; }

    /// <summary>What the client of the authority keeps of the account, its key too, sealed.</summary>
    public required byte[] SealedFiles { get; set; }

    /// <summary>When it was written last.</summary>
    public DateTime UpdatedUtc { get; set; }
}

/// <summary>CertificateRow in the database. A name is there once; the kind is a word.</summary>
internal sealed class CertificateRowConfiguration : IEntityTypeConfiguration<CertificateRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<CertificateRow> builder)
    {
        builder.Property(certificate => certificate.Id).ValueGeneratedNever();
        builder.HasIndex(certificate => certificate.NormalizedName).IsUnique();
        builder
            .Property(certificate => certificate.Kind)
            .HasConversion(kind => kind.ToString().ToLowerInvariant(), text => Enum.Parse<CertificateKind>(text, true));

        // Two people who change one at the same time: the second hears of it.
        builder.Property(certificate => certificate.Version).IsConcurrencyToken();
    }
}

/// <summary>AcmeAccountRow in the database. One account for each authority and address.</summary>
internal sealed class AcmeAccountRowConfiguration : IEntityTypeConfiguration<AcmeAccountRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<AcmeAccountRow> builder)
    {
        builder.Property(account => account.Id).ValueGeneratedNever();
        builder.HasIndex(account => new { account.Directory, account.Email }).IsUnique();
    }
}

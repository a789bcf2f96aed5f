using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Audit;

/// <summary>One thing somebody did. Written once, never changed.</summary>
public sealed class AuditEntry
{
    /// <summary>1, 2, 3 ...: a gap is a missing entry. Chosen by <see cref="AuditChain"/>.</summary>
    public long Id { get; set; }

    /// <summary>When it was done, UTC.</summary>
    public DateTime AtUtc { get; set; }

    /// <summary>Who: an account, or the local user of the command line.</summary>
    public required string Actor { get; set; }

    /// <summary>Where from: an address, or <c>local</c>.</summary>
    public required string From { get; set; }

    /// <summary>What: <c>config.apply</c>, <c>sign_in</c>, <c>connection.close</c> ...</summary>
    public required string Action { get; set; }

    /// <summary>What it was done to.</summary>
    public required string Target { get; set; }

    /// <summary>How it was before; never a secret.</summary>
    public string? Before { get; set; }

    /// <summary>How it is now; never a secret.</summary>
    public string? After { get; set; }

    /// <summary>What came of it: begins with <c>ok</c>, or says why not.</summary>
    public required string Result { get; set; }

    /// <summary>Hash of the entry before, in hex.</summary>
    public string? PreviousHash { get; set; }

    /// <summary>Hash of this entry, in hex.</summary>
    public string? Hash { get; set; }

    /// <summary>
    /// A right password, and a code of the second factor is asked for: not the end of a sign-in, and nothing that went wrong.
    /// </summary>
    public const string CodeAsked = "code_asked";

    /// <summary>A right password that somebody else chose: another is asked for.</summary>
    public const string PasswordChangeAsked = "password_change_asked";

    /// <summary>The sign-in was too old for what was asked for: the person proves again who they are first.</summary>
    public const string NotFresh = "not_fresh";
}

/// <summary>AuditEntry in the database. Its number is chosen by the chain; filters ask for times.</summary>
internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.Property(entry => entry.Id).ValueGeneratedNever();
        builder.HasIndex(entry => entry.AtUtc);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Revisions;

/// <summary>One revision: who saved what and when. Its id is head + 1, chosen by the writer, so the primary key forbids forks.</summary>
public sealed class RevisionRow
{
    /// <summary>The number of the revision.</summary>
    public long Id { get; set; }

    /// <summary>When it was saved.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>The name of the person who saved it.</summary>
    public required string Author { get; set; }

    /// <summary>What the author said about it; empty when nothing.</summary>
    public required string Comment { get; set; }

    /// <summary>How it came about: <c>edit</c>, <c>apply</c>, <c>demo</c>, later <c>rollback</c> and <c>import</c>.</summary>
    public required string Origin { get; set; }

    /// <summary>
    /// What changed, in short: <c>changed route chat; added pool api</c>. Older revisions counted alone: <c>1 added, 2 changed</c>.
    /// </summary>
    public required string Summary { get; set; }
}

/// <summary>RevisionRow in the database. Its number is chosen by the writer.</summary>
internal sealed class RevisionRowConfiguration : IEntityTypeConfiguration<RevisionRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<RevisionRow> builder)
    {
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).ValueGeneratedNever();
    }
}

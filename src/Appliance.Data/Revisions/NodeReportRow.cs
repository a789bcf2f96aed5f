using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Revisions;

/// <summary>What a node last said about the revision it runs.</summary>
public sealed class NodeReportRow
{
    /// <summary>The name of the node.</summary>
    public required string Node { get; set; }

    /// <summary>The newest revision it has read.</summary>
    public long WantedRevision { get; set; }

    /// <summary>The revision it runs.</summary>
    public long RunningRevision { get; set; }

    /// <summary>Why wanted is not running, or null.</summary>
    public string? Refusal { get; set; }

    /// <summary>When it said so.</summary>
    public DateTime AtUtc { get; set; }
}

/// <summary>NodeReportRow in the database. One row a node.</summary>
internal sealed class NodeReportRowConfiguration : IEntityTypeConfiguration<NodeReportRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<NodeReportRow> builder) => builder.HasKey(row => row.Node);
}

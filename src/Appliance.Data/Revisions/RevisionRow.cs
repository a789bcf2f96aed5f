namespace Appliance.Data.Revisions;

/// <summary>One revision: who saved what and when. Its id is head + 1, chosen by the writer, so the primary key forbids forks.</summary>
public sealed class RevisionRow
{
    /// <summary>The number.</summary>
    public long Id { get; set; }

    /// <summary>When it was saved.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>Who saved it.</summary>
    public required string Author { get; set; }

    /// <summary>What the author said about it; empty when nothing.</summary>
    public required string Comment { get; set; }

    /// <summary>How it came about: <c>edit</c>, <c>apply</c>, <c>demo</c>, later <c>rollback</c> and <c>import</c>.</summary>
    public required string Origin { get; set; }

    /// <summary>What changed, in short: <c>1 added, 2 changed</c>.</summary>
    public required string Summary { get; set; }
}

/// <summary>One version of one item. Written once; only <see cref="ToRevision"/> is set later, when the next version comes.</summary>
public abstract class ItemRow
{
    /// <summary>Key of the row.</summary>
    public long RowId { get; set; }

    /// <summary>The item, across its versions and names.</summary>
    public Guid ItemId { get; set; }

    /// <summary>Its name in this version.</summary>
    public required string Name { get; set; }

    /// <summary>Where it stands among its kind; with gaps, so that moving one writes one.</summary>
    public long Position { get; set; }

    /// <summary>The item as canonical JSON.</summary>
    public required string Json { get; set; }

    /// <summary>The revision that wrote it.</summary>
    public long FromRevision { get; set; }

    /// <summary>The revision that replaced or removed it; null while it is current.</summary>
    public long? ToRevision { get; set; }
}

/// <summary>A version of a route.</summary>
public sealed class RouteRow : ItemRow;

/// <summary>A version of a pool.</summary>
public sealed class UpstreamPoolRow : ItemRow;

/// <summary>A version of a header map.</summary>
public sealed class HeaderMapRowVersion : ItemRow;

/// <summary>A version of a TLS policy.</summary>
public sealed class TlsPolicyRow : ItemRow;

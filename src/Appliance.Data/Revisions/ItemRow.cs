namespace Appliance.Data.Revisions;

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

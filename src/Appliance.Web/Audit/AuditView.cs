using Appliance.Data.Audit;

namespace Appliance.Web.Audit;

/// <summary>One page of the audit as it was read.</summary>
public sealed record AuditView
{
    /// <summary>The entries that were found, newest first.</summary>
    public IReadOnlyList<AuditLine> Entries { get; init; } = [];

    /// <summary>Where the chain began and ended then.</summary>
    public AuditChainRow Chain { get; init; } = new();

    /// <summary>What it was read by.</summary>
    public AuditQuery Query { get; init; } = new();

    /// <summary>There are newer ones that are meant.</summary>
    public bool HasNewer { get; init; }

    /// <summary>There are older ones that are meant.</summary>
    public bool HasOlder { get; init; }

    /// <summary>The newest entry there was.</summary>
    public long Seen { get; init; }

    /// <summary>Why nothing was read, a sentence, or null.</summary>
    public string? Fault { get; init; }

    /// <summary>The database could not be read; trying again may help.</summary>
    public bool IsAway { get; init; }
}

using Appliance.Data.Audit;

namespace Appliance.Web.Audit;

/// <summary>One entry, for people and scripts: every field, and nothing that would have to be computed to check its hash.</summary>
/// <param name="Id">1, 2, 3 ...</param>
/// <param name="AtUtc">When, to the microsecond.</param>
/// <param name="Actor">Who.</param>
/// <param name="From">Where from.</param>
/// <param name="Action">What.</param>
/// <param name="Target">On what.</param>
/// <param name="Before">How it was, or null.</param>
/// <param name="After">How it is, or null.</param>
/// <param name="Result">What came of it.</param>
/// <param name="PreviousHash">The hash of the entry before.</param>
/// <param name="Hash">The hash of this one.</param>
public sealed record AuditLine(
    long Id,
    DateTime AtUtc,
    string Actor,
    string From,
    string Action,
    string Target,
    string? Before,
    string? After,
    string Result,
    string? PreviousHash,
    string? Hash
)
{
    /// <summary>Reads a stored entry. The database does not say that its times are UTC.</summary>
    public static AuditLine Of(AuditEntry entry) =>
        new(
            entry.Id,
            DateTime.SpecifyKind(entry.AtUtc, DateTimeKind.Utc),
            entry.Actor,
            entry.From,
            entry.Action,
            entry.Target,
            entry.Before,
            entry.After,
            entry.Result,
            entry.PreviousHash,
            entry.Hash
        );
}

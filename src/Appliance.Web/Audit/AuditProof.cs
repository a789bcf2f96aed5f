using Appliance.Data.Audit;
using Appliance.Proxy.Items;
using Appliance.Web.Startup;

namespace Appliance.Web.Audit;

/// <summary>What a walk along the chain found, for people and scripts.</summary>
/// <param name="ExitCode">0 intact, 1 broken, or the hash that was kept is nowhere.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Intact">True when every entry is as it was written, as far as can be told; false also when the hash that was kept is
/// nowhere.</param>
/// <param name="Count">Entries that are there; null when broken.</param>
/// <param name="LastId">The newest one; null when broken.</param>
/// <param name="LastHash">Its hash, to be kept elsewhere; null when broken.</param>
/// <param name="AnchorId">Retention cut everything up to this entry; 0: nothing; null when broken.</param>
/// <param name="BrokenAt">The first entry that proves nothing any more; 0: all; null when intact, or when only the hash that was kept is
/// nowhere.</param>
/// <param name="ExpectedAt">The entry with the hash that was kept; null: none, or none was asked for.</param>
public sealed record AuditProof(
    int ExitCode,
    string Summary,
    bool Intact,
    long? Count,
    long? LastId,
    string? LastHash,
    long? AnchorId,
    long? BrokenAt,
    long? ExpectedAt
)
{
    /// <summary>Digits of a hash.</summary>
    public const int HashLength = 64;

    /// <summary>The audit could not be read to its end: neither intact nor broken.</summary>
    public static AuditProof Unread(string sentence) =>
        new(ExitCodes.Problems, "The audit could not be verified. " + sentence, false, null, null, null, null, null, null);

    /// <summary>Puts a verdict into words.</summary>
    public static AuditProof Of(AuditVerdict verdict, string? expected) =>
        verdict switch
        {
            AuditVerdict.Intact intact when expected is not null && intact.ExpectedAt is null => new(
                ExitCodes.Problems,
                "The chain fits together, but no entry has the hash that was kept: the chain was written again, the entry is older "
                    + "than the anchor, or the hash is of another audit.",
                false,
                intact.Count,
                intact.LastId,
                intact.LastHash,
                intact.AnchorId,
                null,
                null
            ),
            AuditVerdict.Intact intact => new(
                ExitCodes.Ok,
                intact.Count == 0
                    ? "The audit is intact; it has no entry."
                    : $"The audit is intact: {Counted.Of(intact.Count, "entry", "entries")}, up to entry {intact.LastId}.",
                true,
                intact.Count,
                intact.LastId,
                intact.LastHash,
                intact.AnchorId,
                null,
                intact.ExpectedAt
            ),
            AuditVerdict.Broken broken => new(
                ExitCodes.Problems,
                broken.EntryId == 0
                    ? $"The audit is broken: {broken.Reason}."
                    : $"The audit is broken at entry {broken.EntryId}: {broken.Reason}.",
                false,
                null,
                null,
                null,
                null,
                broken.EntryId,
                null
            ),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}

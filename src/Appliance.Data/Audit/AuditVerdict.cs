namespace Appliance.Data.Audit;

/// <summary>The result of a walk along the audit's chain.</summary>
public abstract record AuditVerdict
{
    private AuditVerdict() { }

    /// <summary>Every entry is as it was written, and none is missing behind the anchor.</summary>
    /// <param name="Count">Entries that are there.</param>
    /// <param name="LastId">The newest.</param>
    /// <param name="LastHash">Its hash: kept elsewhere, it shows later that the chain was not written again.</param>
    /// <param name="AnchorId">Retention cut everything up to this entry; 0: nothing.</param>
    public sealed record Intact(long Count, long LastId, string LastHash, long AnchorId) : AuditVerdict
    {
        /// <summary>The entry that has the hash that was asked for, or the anchor; null: none has, or none was asked for.</summary>
        public long? ExpectedAt { get; init; }
    }

    /// <summary>From this entry on, nothing is proven.</summary>
    /// <param name="EntryId">The entry; 0: the whole.</param>
    /// <param name="Reason">What does not fit, as the end of a sentence.</param>
    public sealed record Broken(long EntryId, string Reason) : AuditVerdict;
}

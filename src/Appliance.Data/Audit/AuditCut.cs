namespace Appliance.Data.Audit;

/// <summary>
/// How a cut by retention stands in the chain. The newest cut always survives, because it is written after the old entries are deleted. An
/// anchor is believed only when the newest cut names it. An attacker who moves the anchor, to hide deleted entries, would have to forge
/// that entry too, and with it the hashes of all entries that follow.
/// </summary>
internal static class AuditCut
{
    /// <summary>The action of such an entry.</summary>
    public const string Action = "audit.cut";

    /// <summary>The target of a cut's entry: which entries went.</summary>
    public static string TargetOf(AuditChainRow chain) => $"entries up to {chain.AnchorId}";

    /// <summary>What the oldest entry that is left continues.</summary>
    public static string AfterOf(AuditChainRow chain) => $"anchor {chain.AnchorHash}";

    /// <summary>What does not fit between the anchor and the newest cut, as the end of a sentence, or null.</summary>
    public static string? FaultOf(AuditChainRow chain, AuditEntry? newestCut)
    {
        var atBeginning = chain.AnchorId == 0 && chain.AnchorHash == AuditChain.Beginning;
        if (newestCut is null)
            return atBeginning ? null : $"the entries up to {chain.AnchorId} are gone, and no entry tells of a cut";
        return newestCut.Target == TargetOf(chain) && newestCut.After == AfterOf(chain)
            ? null
            : $"the entries up to {chain.AnchorId} are gone, and the newest cut (entry {newestCut.Id}) tells of {newestCut.Target}";
    }
}

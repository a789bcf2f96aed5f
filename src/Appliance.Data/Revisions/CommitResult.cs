using Appliance.Proxy.Config;

namespace Appliance.Data.Revisions;

/// <summary>The result of storing a revision. A closed set.</summary>
public abstract record CommitResult
{
    private CommitResult() { }

    /// <summary>Stored as a new revision.</summary>
    public sealed record Saved(ConfigRevision Revision) : CommitResult;

    /// <summary>Nothing was written, because somebody else stored a revision in between.</summary>
    public sealed record Stale(ConfigRevision Head) : CommitResult;

    /// <summary>The rights that the change was judged by are not those of this moment; a sentence. Nothing was written.</summary>
    public sealed record NotAllowed(string Reason) : CommitResult;

    /// <summary>Nothing differs from the head; nothing was written.</summary>
    public sealed record Unchanged(ConfigRevision Head) : CommitResult;
}

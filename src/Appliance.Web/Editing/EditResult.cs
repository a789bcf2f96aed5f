using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Editing;

/// <summary>The result of an edit of the config. A closed set.</summary>
public abstract record EditResult
{
    private EditResult() { }

    /// <summary>Stored as a new revision, made from <paramref name="Before"/>.</summary>
    public sealed record Saved(ConfigRevision Revision, ConfigRevision Before, ConfigDiff Diff, IReadOnlyList<ConfigProblem> Notes)
        : EditResult;

    /// <summary>Nothing was stored, because the document says what is stored already.</summary>
    public sealed record Unchanged(ConfigRevision Head, IReadOnlyList<ConfigProblem> Notes) : EditResult;

    /// <summary>Nothing was stored: the edit was made from another revision than the head.</summary>
    public sealed record Stale(ConfigRevision Head) : EditResult;

    /// <summary>Nothing was stored, because the edit introduces problems.</summary>
    public sealed record Rejected(IReadOnlyList<ConfigProblem> Problems) : EditResult;

    /// <summary>A dry run that would be stored.</summary>
    public sealed record WouldSave(ConfigRevision Head, ConfigDiff Diff, IReadOnlyList<ConfigProblem> Notes) : EditResult;
}

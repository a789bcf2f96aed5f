using Appliance.Data.Notices;

namespace Appliance.Web.Troubles;

/// <summary>Something that is wrong now.</summary>
public sealed record Trouble
{
    /// <summary>The same text for the same trouble, as long as it lasts and after a restart.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about.</summary>
    public required TroubleKind Kind { get; init; }

    /// <summary>How much it matters.</summary>
    public required NoticeSeverity Severity { get; init; }

    /// <summary>What is wrong, a sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>The page of the console to look at.</summary>
    public required string Path { get; init; }

    /// <summary>Since when, when it is known. Default null: since it was seen.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The <see cref="Id"/> of a larger trouble: while that one is there, this one is not told besides. Default null.</summary>
    public string? PartOf { get; init; }

    /// <summary>
    /// Nobody knows whether it is still there: a server that is asked with the next request only. It begins nothing and ends nothing.
    /// Default false.
    /// </summary>
    public bool IsUnsure { get; init; }

    /// <summary>Something that has happened: it is told, and nobody waits for its end. Default false.</summary>
    public bool IsNews { get; init; }
}

namespace Appliance.Web.Search;

/// <summary>One thing that the search at the top found.</summary>
/// <param name="Group">The heading it is listed under.</param>
/// <param name="Icon">A name of <c>Glyphs.Of</c>.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Detail">Why it was found, or what it does.</param>
public sealed record SearchHit(SearchGroup Group, string Icon, string Name, string Detail)
{
    /// <summary>What it is, in a word: <c>route</c>, <c>certificate</c>. Empty for what its heading says already.</summary>
    public string Word { get; init; } = "";

    /// <summary>The address that it opens; empty for a deed.</summary>
    public string Path { get; init; } = "";

    /// <summary>True for a page without a circuit, which the browser loads as a whole. Default false.</summary>
    public bool IsPlain { get; init; }

    /// <summary>What is done right here; null: an address is opened.</summary>
    public SearchDeed? Deed { get; init; }

    /// <summary>Why this person cannot choose it, as a sentence; null: they can.</summary>
    public string? Refusal { get; init; }
}

/// <summary>The headings of what is found, in the order in which they are shown.</summary>
public enum SearchGroup
{
    /// <summary>Routes, pools, maps, certificates, policies.</summary>
    Items,

    /// <summary>Pages of the console, and settings on them.</summary>
    Pages,

    /// <summary>What can be done.</summary>
    Actions,
}

/// <summary>The deeds that the search itself does, without a page.</summary>
public enum SearchDeed
{
    /// <summary>Shows the console in the light theme.</summary>
    Light,

    /// <summary>Shows the console in the dark theme.</summary>
    Dark,

    /// <summary>Shows the console in the theme of the system.</summary>
    System,

    /// <summary>Ends the session of the person.</summary>
    SignOut,
}

using Appliance.Proxy.Items;

namespace Appliance.Web.Control;

/// <summary>The answer to an apply.</summary>
/// <param name="ExitCode">0 live, 1 problems, 2 stored but not live.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Revision">The revision that was stored, or the head.</param>
/// <param name="Changes">What changes, by name.</param>
/// <param name="Problems">Errors that refused it, or warnings beside it.</param>
public sealed record ApplyAnswer(
    int ExitCode,
    string Summary,
    long Revision,
    IReadOnlyList<ChangeLine> Changes,
    IReadOnlyList<ConfigProblem> Problems
);

/// <summary>One changed item of a revision.</summary>
/// <param name="Kind">added, changed, removed or reordered.</param>
/// <param name="Item">route, upstream pool or header map.</param>
/// <param name="Name">Its name.</param>
public sealed record ChangeLine(string Kind, string Item, string Name);

/// <summary>What differs between two revisions.</summary>
/// <param name="ExitCode">0: compared. 1: there is no such revision.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="From">The revision that it is compared with.</param>
/// <param name="To">The revision that is looked at.</param>
/// <param name="Changes">Item by item, with lines: + came, - went, a space stayed.</param>
public sealed record DiffAnswer(int ExitCode, string Summary, long From, long To, IReadOnlyList<DiffItem> Changes);

/// <summary>One item that differs.</summary>
/// <param name="Kind">added, changed, removed or reordered.</param>
/// <param name="Item">route, upstream pool or header map.</param>
/// <param name="Name">Its name.</param>
/// <param name="Lines">Its lines, each with its sign in front.</param>
public sealed record DiffItem(string Kind, string Item, string Name, IReadOnlyList<string> Lines);

/// <summary>One revision, for people and scripts.</summary>
public sealed record RevisionLine(long Revision, DateTime CreatedUtc, string Author, string Origin, string Summary, string Comment);

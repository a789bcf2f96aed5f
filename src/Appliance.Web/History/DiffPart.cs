namespace Appliance.Web.History;

/// <summary>Lines of a comparison that are shown together, or folded away together.</summary>
/// <param name="Lines">In their order, at least one.</param>
/// <param name="IsFolded">True for unchanged lines far from every change.</param>
public sealed record DiffPart(IReadOnlyList<DiffLine> Lines, bool IsFolded)
{
    /// <summary>Unchanged lines that stay beside a change, on each side.</summary>
    public const int Near = 3;

    // Folding less than this would save no room: the fold is a line itself.
    private const int LeastFolded = 3;

    /// <summary>
    /// Cuts a comparison into what is shown and what is folded. All lines of a new or removed item are changes, and are shown.
    /// </summary>
    public static IReadOnlyList<DiffPart> Fold(IReadOnlyList<DiffLine> lines)
    {
        var isNear = new bool[lines.Count];
        for (var at = 0; at < lines.Count; at++)
        {
            if (lines[at].Sign == ' ')
                continue;
            for (var near = Math.Max(0, at - Near); near <= Math.Min(lines.Count - 1, at + Near); near++)
                isNear[near] = true;
        }

        var parts = new List<DiffPart>();
        var start = 0;
        while (start < lines.Count)
        {
            var end = start;
            while (end < lines.Count && isNear[end] == isNear[start])
                end++;
            parts.Add(new([.. lines.Skip(start).Take(end - start)], !isNear[start] && end - start >= LeastFolded));
            start = end;
        }

        return parts;
    }
}

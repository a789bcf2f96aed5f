using System.Collections.Immutable;
using Appliance.Data.Revisions;
using Appliance.Web.Live;

namespace Appliance.Web.Trends;

/// <summary>Where revisions went live within the time of a chart.</summary>
public static class RevisionMarks
{
    /// <summary>Marks nearer to each other than this share of the width are one, which leads to the newest revision.</summary>
    private const double Width = 0.05;

    private const int MostNamed = 3;

    // A revision of this moment is newer than the newest point.
    private const double RightEdge = 1.02;

    /// <summary>The marks, from left to right.</summary>
    /// <param name="revisions">The newest first.</param>
    /// <param name="from">When the chart begins, seconds since 1970.</param>
    /// <param name="seconds">How long it is.</param>
    public static ImmutableArray<ChartMark> Of(IEnumerable<RevisionRow> revisions, double from, double seconds)
    {
        var marks = ImmutableArray.CreateBuilder<ChartMark>();
        double PlaceOf(RevisionRow revision) =>
            (new DateTimeOffset(revision.CreatedUtc, TimeSpan.Zero).ToUnixTimeSeconds() - from) / seconds;
        foreach (
            var group in revisions
                .Where(revision => PlaceOf(revision) is >= 0 and <= RightEdge)
                .GroupBy(revision => (int)(PlaceOf(revision) / Width))
                .OrderBy(group => group.Key)
        )
        {
            var newest = group.First();
            var named = group.Take(MostNamed).Select(WordsOf);
            var more = group.Count() > MostNamed ? $", and {group.Count() - MostNamed} more" : "";
            marks.Add(new(Math.Min(PlaceOf(newest), 1), string.Join("; ", named) + more, $"/history/{newest.Id}"));
        }

        return marks.ToImmutable();
    }

    private static string WordsOf(RevisionRow revision) =>
        $"Revision {revision.Id} by {revision.Author}: {(revision.Comment.Length > 0 ? revision.Comment : revision.Summary)}";
}

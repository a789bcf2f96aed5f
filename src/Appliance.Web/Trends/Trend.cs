using System.Collections.Immutable;
using Appliance.Data.Figures;
using Appliance.Data.Revisions;

namespace Appliance.Web.Trends;

/// <summary>What an item carried over a range, with what was changed meanwhile. Immutable, the same for every page that shows it.</summary>
/// <param name="Range">How far it looks back.</param>
/// <param name="Series">One point for each point of a chart; empty: nothing is known.</param>
/// <param name="Revisions">The revisions that went live in that time, the newest first.</param>
/// <param name="Problem">Why the figures cannot be read, a sentence; null: they were.</param>
public sealed record Trend(TrendRange Range, FigureSeries Series, ImmutableArray<RevisionRow> Revisions, string? Problem)
{
    /// <summary>When the first point begins, seconds since 1970.</summary>
    public long From => Series.From * Range.Seconds;

    /// <summary>True when the range has no minute in which anything is known.</summary>
    public bool IsUnknown => Series.Points.All(point => point is null);

    /// <summary>The charts; drawn when first asked for.</summary>
    public TrendCharts Charts => field ??= TrendCharts.Of(this);
}

namespace Appliance.Data.Figures;

/// <summary>How long the span of one kept point is.</summary>
public enum FigureGrain
{
    /// <summary>A minute, kept for 25 hours.</summary>
    Minute,

    /// <summary>An hour, kept for 31 days.</summary>
    Hour,
}

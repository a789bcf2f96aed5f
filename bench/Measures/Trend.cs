namespace Appliance.Bench.Measures;

/// <summary>Whether a figure that is taken again and again grows.</summary>
internal static class Trend
{
    /// <summary>
    /// How much it grew from the first sample to the last, by the median of the slopes between all pairs (Theil and Sen): single samples
    /// that stand out do not move it.
    /// </summary>
    public static double Growth(IReadOnlyList<double> samples)
    {
        var slopes = new List<double>();
        for (var first = 0; first < samples.Count; first++)
        {
            for (var second = first + 1; second < samples.Count; second++)
                slopes.Add((samples[second] - samples[first]) / (second - first));
        }

        return slopes.Count == 0 ? 0 : Median.Of(slopes) * (samples.Count - 1);
    }

    /// <summary>
    /// True when it grew by more than <paramref name="absolute"/> and by more than <paramref name="share"/> of its median.
    /// </summary>
    public static bool Grows(IReadOnlyList<double> samples, double absolute, double share) =>
        Growth(samples) is var growth && growth > absolute && growth > share * Median.Of(samples);
}

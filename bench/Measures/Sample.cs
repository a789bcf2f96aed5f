namespace Appliance.Bench.Measures;

/// <summary>One run of one load against one peer.</summary>
/// <param name="Units">Requests, messages or sockets carried.</param>
/// <param name="PerUnit">The figure that is compared: CPU microseconds, or bytes, per unit.</param>
/// <param name="PerSecond">Units a second, for information: the machine's speed is in it.</param>
/// <param name="P99Milliseconds">99th percentile of the round trip, 0 when the load does not take it.</param>
internal sealed record Sample(double Units, double PerUnit, double PerSecond, double P99Milliseconds);

/// <summary>Medians, because a shared machine has outliers.</summary>
internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

using Appliance.Proxy.Traffic;

namespace Appliance.Web.Metrics;

/// <summary>What a metric is, in the words of OpenMetrics.</summary>
internal enum MetricKind
{
    /// <summary>A number that only grows, until the process starts again.</summary>
    Counter,

    /// <summary>A number that goes up and down.</summary>
    Gauge,

    /// <summary>Durations, counted by upper bounds.</summary>
    Histogram,

    /// <summary>A one with labels that say something that does not change.</summary>
    Info,
}

/// <summary>A label of a sample. Names are of letters, digits and underscores; values are any text.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
internal readonly record struct MetricLabel(string Name, string Value);

/// <summary>One number of a metric, or one histogram.</summary>
/// <param name="Value">The number; not used where there is a histogram.</param>
/// <param name="Labels">Its labels; none: the metric has one sample.</param>
/// <param name="Latencies">The histogram of a metric that is one.</param>
internal readonly record struct MetricSample(double Value, MetricLabel[] Labels, LatencyHistogram? Latencies = null)
{
    /// <summary>A number with labels.</summary>
    public static MetricSample Of(double value, params MetricLabel[] labels) => new(value, labels);

    /// <summary>Yes as 1, no as 0.</summary>
    public static MetricSample Of(bool value, params MetricLabel[] labels) => new(value ? 1 : 0, labels);
}

/// <summary>One metric: what it is called, what it means, and how it is read.</summary>
/// <param name="Name">Its name as OpenTelemetry has it, words with dots: <c>appliance.http.requests</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Unit">Its unit in UCUM (<c>s</c>, <c>By</c>), or empty for a count.</param>
/// <param name="Help">A sentence about it.</param>
/// <param name="Read">Reads its samples.</param>
internal sealed record Metric(string Name, MetricKind Kind, string Unit, string Help, Func<MetricsReading, IEnumerable<MetricSample>> Read)
{
    /// <summary>
    /// The name as Prometheus has it, without <c>_total</c>: underscores, and the unit at the end, by OpenTelemetry's rules for the
    /// translation.
    /// </summary>
    public string PrometheusName { get; init; } = NameOf(Name, Unit);

    private static string NameOf(string name, string unit)
    {
        var flat = name.Replace('.', '_');
        var suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return flat.EndsWith(suffix, StringComparison.Ordinal) ? flat : flat + suffix;
    }
}

using System.Globalization;
using System.Text;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Metrics;

/// <summary>
/// Metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0. Every name and label is escaped for it, so that no name of a route can
/// end a line.
/// </summary>
internal sealed class PrometheusText(bool isOpenMetrics)
{
    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>The type of the content.</summary>
    public string ContentType =>
        isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>All metrics with what was read, to the end.</summary>
    public string Write(IEnumerable<Metric> metrics, MetricsReading reading)
    {
        foreach (var metric in metrics)
            Write(metric, metric.Read(reading));
        if (isOpenMetrics)
            _text.Append("# EOF\n");
        return ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>One metric; one without samples is not written.</summary>
    public void Write(Metric metric, IEnumerable<MetricSample> samples)
    {
        var name = metric.PrometheusName;
        var sampleName = metric.Kind switch
        {
            MetricKind.Counter => name + "_total",
            MetricKind.Info => name + "_info",
            _ => name,
        };
        var begun = false;
        foreach (var sample in samples)
        {
            if (!begun)
                Head(metric, isOpenMetrics ? name : sampleName);
            begun = true;
            if (sample.Latencies is { } latencies)
                Write(name, sample.Labels, latencies);
            else
                Line(sampleName, sample.Labels, sample.Value);
        }
    }

    private void Head(Metric metric, string name)
    {
        _text.Append("# HELP ").Append(name).Append(' ');
        Escape(metric.Help, isLabel: isOpenMetrics);
        var type = (metric.Kind, isOpenMetrics) switch
        {
            (MetricKind.Counter, _) => "counter",
            (MetricKind.Histogram, _) => "histogram",
            (MetricKind.Info, true) => "info",
            _ => "gauge",
        };
        _text.Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        if (isOpenMetrics && UnitOf(name) is { } unit)
            _text.Append("# UNIT ").Append(name).Append(' ').Append(unit).Append('\n');
    }

    // OpenMetrics demands that a unit ends the name.
    private static string? UnitOf(string name) =>
        name.EndsWith("_seconds", StringComparison.Ordinal) ? "seconds"
        : name.EndsWith("_bytes", StringComparison.Ordinal) ? "bytes"
        : null;

    private void Write(string name, MetricLabel[] labels, LatencyHistogram latencies)
    {
        var bounds = LatencyHistogram.Bounds;
        Span<long> atMost = stackalloc long[bounds.Length + 1];
        var sum = latencies.Read(atMost);
        for (var at = 0; at < atMost.Length; at++)
        {
            var bound = at < bounds.Length ? Number(bounds[at].TotalSeconds) : "+Inf";
            Line(name + "_bucket", [.. labels, new("le", bound)], atMost[at]);
        }

        Line(name + "_sum", labels, sum.TotalSeconds);
        Line(name + "_count", labels, atMost[^1]);
    }

    private void Line(string name, MetricLabel[] labels, double value)
    {
        _text.Append(name);
        var before = '{';
        foreach (var (label, text) in labels)
        {
            _text.Append(before).Append(label).Append("=\"");
            Escape(text, isLabel: true);
            _text.Append('"');
            before = ',';
        }

        if (labels.Length > 0)
            _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    // OpenMetrics wants bounds as numbers of a fixed form ("1.0"); Prometheus takes both.
    private string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return isOpenMetrics && value == Math.Floor(value) && !text.Contains('E', StringComparison.Ordinal) ? text + ".0" : text;
    }

    private void Escape(string text, bool isLabel)
    {
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '"' when isLabel => _text.Append("\\\""),
                _ => _text.Append(letter),
            };
        }
    }
}

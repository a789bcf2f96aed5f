using System.Diagnostics.Metrics;

namespace Appliance.Web.Metrics;

/// <summary>The list of metrics as instruments of the runtime, for collectors; histograms have an instrument of their own.</summary>
internal sealed class MeterBridge : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Appliance";

    private static readonly TimeSpan _isFreshFor = TimeSpan.FromSeconds(1);
    private readonly Meter _meter = new(Name);
    private readonly MetricsReader _reader;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private MetricsReading? _reading;
    private long _readAt;

    /// <summary>Makes the instruments.</summary>
    public MeterBridge(MetricsReader reader, TimeProvider time)
    {
        (_reader, _time) = (reader, time);
        foreach (var metric in ApplianceMetrics.All)
        {
            var unit = metric.Unit.Length > 0 ? metric.Unit : null;
            if (metric.Kind == MetricKind.Counter)
                _meter.CreateObservableCounter(metric.Name, () => Read(metric), unit, metric.Help);
            else if (metric.Kind is MetricKind.Gauge or MetricKind.Info)
                _meter.CreateObservableGauge(metric.Name, () => Read(metric), unit, metric.Help);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<double>> Read(Metric metric) =>
        metric
            .Read(Newest())
            .Select(sample => new Measurement<double>(
                sample.Value,
                sample.Labels.Select(label => new KeyValuePair<string, object?>(label.Name, label.Value))
            ));

    // All instruments of one collection see one reading.
    private MetricsReading Newest()
    {
        lock (_gate)
        {
            if (_reading is null || _time.GetElapsedTime(_readAt) > _isFreshFor)
                (_reading, _readAt) = (_reader.Read(), _time.GetTimestamp());
            return _reading;
        }
    }
}

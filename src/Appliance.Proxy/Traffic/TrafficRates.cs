namespace Appliance.Proxy.Traffic;

/// <summary>Turns readings of one set of counters into figures per second. One reader, one instance.</summary>
internal sealed class TrafficRates
{
    private ExchangeTraffic? _source;
    private TrafficCounts _counts;
    private uint[]? _latencies;

    /// <summary>The figures since the last step, <paramref name="seconds"/> ago.</summary>
    public TrafficFigures Step(ExchangeTraffic traffic, double seconds)
    {
        // Other counters under the same name began with nothing.
        if (_source != traffic)
            (_source, _counts, _latencies) = (traffic, default, null);
        var now = traffic.Read();
        var last = _counts;
        _counts = now;
        return new(
            now,
            (now.Requests - last.Requests) / seconds,
            (now.ServerErrors - last.ServerErrors) / seconds,
            (now.Messages - last.Messages) / seconds,
            (now.Bytes - last.Bytes) / seconds,
            now.Requests == last.Requests || traffic.Latencies is not { } histogram ? TimeSpan.Zero : P95(histogram)
        );
    }

    /// <summary>What was counted up to now is no figure of the next step: nobody looked for a while.</summary>
    public void Skip(ExchangeTraffic traffic)
    {
        (_source, _counts) = (traffic, traffic.Read());
        if (traffic.Latencies is { } histogram)
            P95(histogram);
    }

    private TimeSpan P95(LatencyHistogram histogram)
    {
        Span<uint> after = stackalloc uint[LatencyHistogram.Buckets];
        histogram.CopyTo(after);
        _latencies ??= new uint[LatencyHistogram.Buckets];
        var p95 = LatencyHistogram.Percentile(_latencies, after, 0.95);
        after.CopyTo(_latencies);
        return p95;
    }
}

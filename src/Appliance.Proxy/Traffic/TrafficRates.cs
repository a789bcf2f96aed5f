namespace Appliance.Proxy.Traffic;

/// <summary>Turns readings of one set of counters into figures per second. One reader, one instance.</summary>
internal sealed class TrafficRates
{
    private TrafficCounts _counts;
    private uint[]? _latencies;

    /// <summary>The figures since the last step, <paramref name="seconds"/> ago.</summary>
    public TrafficFigures Step(ExchangeTraffic traffic, double seconds)
    {
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

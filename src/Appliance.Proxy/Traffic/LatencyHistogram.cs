using System.Numerics;

namespace Appliance.Proxy.Traffic;

/// <summary>
/// Durations in log-linear buckets: four to each power of two of a microsecond, so a percentile is at most 12.5 % off. Writers add without
/// locks; a reader's copy may miss what is being added meanwhile. 10 µs to 19 minutes; outside is clamped.
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>The number of buckets.</summary>
    public const int Buckets = 112;

    private static readonly TimeSpan[] _bounds =
    [
        .. new[] { 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60 }.Select(TimeSpan.FromSeconds),
    ];

    private readonly uint[] _counts = new uint[Buckets];
    private readonly long[] _byBound = new long[_bounds.Length + 1];
    private long _ticks;

    /// <summary>
    /// The upper bounds of <see cref="Read"/>: those that OpenTelemetry recommends for requests of HTTP (5 ms to 10 s), and 30 and 60 s for
    /// answers that take their time.
    /// </summary>
    public static ReadOnlySpan<TimeSpan> Bounds => _bounds;

    /// <summary>Adds the duration of one request.</summary>
    public void Add(TimeSpan duration)
    {
        Interlocked.Increment(ref _counts[Bucket(duration)]);
        var bound = 0;
        while (bound < _bounds.Length && duration > _bounds[bound])
            bound++;
        Interlocked.Increment(ref _byBound[bound]);
        Interlocked.Add(ref _ticks, duration.Ticks);
    }

    /// <summary>
    /// How many durations were at most as long as each of <see cref="Bounds"/>, and in the last place how many there were; exact, and never
    /// less than before.
    /// </summary>
    /// <param name="atMost">One place more than there are bounds.</param>
    /// <returns>The sum of all durations; one that is being added just now may be in it already, or not yet.</returns>
    public TimeSpan Read(Span<long> atMost)
    {
        var sum = new TimeSpan(Volatile.Read(ref _ticks));
        long total = 0;
        for (var bound = 0; bound < _byBound.Length; bound++)
            atMost[bound] = total += Volatile.Read(ref _byBound[bound]);
        return sum;
    }

    /// <summary>Copies the counts into <paramref name="target"/>, which has <see cref="Buckets"/> places.</summary>
    public void CopyTo(Span<uint> target) => _counts.CopyTo(target);

    /// <summary>
    /// The duration below which <paramref name="share"/> (0 to 1) of what was added between two copies lies; zero when nothing was added.
    /// </summary>
    public static TimeSpan Percentile(ReadOnlySpan<uint> before, ReadOnlySpan<uint> after, double share)
    {
        long total = 0;
        for (var bucket = 0; bucket < Buckets; bucket++)
            total += after[bucket] - before[bucket];
        if (total == 0)
            return TimeSpan.Zero;
        var rank = (long)Math.Ceiling(total * share);
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            rank -= after[bucket] - before[bucket];
            if (rank <= 0)
                return Middle(bucket);
        }

        return Middle(Buckets - 1);
    }

    internal static int Bucket(TimeSpan duration)
    {
        var microseconds = (uint)Math.Clamp(duration.TotalMicroseconds, 8, uint.MaxValue / 4);
        var exponent = BitOperations.Log2(microseconds);
        var quarter = (int)((microseconds >> (exponent - 2)) & 3);
        return Math.Min(((exponent - 3) * 4) + quarter, Buckets - 1);
    }

    private static TimeSpan Middle(int bucket)
    {
        var exponent = (bucket / 4) + 3;
        var width = 1L << (exponent - 2);
        return TimeSpan.FromMicroseconds((1L << exponent) + ((bucket % 4) * width) + (width / 2.0));
    }
}

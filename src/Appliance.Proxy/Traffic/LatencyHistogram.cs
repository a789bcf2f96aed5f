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

    private readonly uint[] _counts = new uint[Buckets];

    /// <summary>Adds the duration of one request.</summary>
    public void Add(TimeSpan duration) => Interlocked.Increment(ref _counts[Bucket(duration)]);

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

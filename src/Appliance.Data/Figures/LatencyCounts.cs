using Appliance.Proxy.Traffic;

namespace Appliance.Data.Figures;

/// <summary>
/// How many requests took how long: the buckets of <see cref="LatencyHistogram"/> that are not empty, each as its number and a count of one
/// to five bytes. Those of several spans of time can be added. Immutable; a busy minute takes about 60 bytes.
/// </summary>
public sealed class LatencyCounts
{
    private readonly byte[] _packed;

    private LatencyCounts(byte[] packed) => _packed = packed;

    /// <summary>No request.</summary>
    public static LatencyCounts None { get; } = new([]);

    /// <summary>As it is stored.</summary>
    public ReadOnlyMemory<byte> Packed => _packed;

    /// <summary>True when it has no request.</summary>
    public bool IsEmpty => _packed.Length == 0;

    /// <summary>Packs counts, one for each bucket of <see cref="LatencyHistogram"/>.</summary>
    public static LatencyCounts Of(ReadOnlySpan<uint> counts)
    {
        Span<byte> packed = stackalloc byte[LatencyHistogram.Buckets * 6];
        var length = 0;
        for (var bucket = 0; bucket < LatencyHistogram.Buckets; bucket++)
        {
            var count = counts[bucket];
            if (count == 0)
                continue;
            packed[length++] = (byte)bucket;
            for (; count > 0x7F; count >>= 7)
                packed[length++] = (byte)(count | 0x80);
            packed[length++] = (byte)count;
        }

        return length == 0 ? None : new(packed[..length].ToArray());
    }

    /// <summary>Reads what was stored. What is no such thing ends the reading: the rest counts as no request.</summary>
    public static LatencyCounts Read(byte[] packed)
    {
        if (packed.Length == 0)
            return None;
        Span<uint> counts = stackalloc uint[LatencyHistogram.Buckets];
        new LatencyCounts(packed).AddTo(counts);
        return Of(counts);
    }

    /// <summary>Adds its counts to <paramref name="counts"/>. A sum that is too large stays at the largest number.</summary>
    public void AddTo(Span<uint> counts)
    {
        for (var at = 0; at < _packed.Length; )
        {
            int bucket = _packed[at++];
            ulong count = 0;
            for (var shift = 0; at < _packed.Length && shift < 35; shift += 7)
            {
                var part = _packed[at++];
                count |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80)
                    break;
            }

            if (bucket >= LatencyHistogram.Buckets)
                return;
            counts[bucket] = (uint)Math.Min(counts[bucket] + count, uint.MaxValue);
        }
    }

    /// <summary>Both together.</summary>
    public LatencyCounts Add(LatencyCounts other)
    {
        if (IsEmpty || other.IsEmpty)
            return IsEmpty ? other : this;
        Span<uint> counts = stackalloc uint[LatencyHistogram.Buckets];
        AddTo(counts);
        other.AddTo(counts);
        return Of(counts);
    }

    /// <summary>What <paramref name="now"/> has more than this; counts that began again are taken from zero.</summary>
    public LatencyCounts Until(LatencyCounts now)
    {
        if (IsEmpty || now.IsEmpty)
            return now;
        Span<uint> before = stackalloc uint[LatencyHistogram.Buckets];
        Span<uint> counts = stackalloc uint[LatencyHistogram.Buckets];
        AddTo(before);
        now.AddTo(counts);
        for (var bucket = 0; bucket < LatencyHistogram.Buckets; bucket++)
        {
            var more = unchecked(counts[bucket] - before[bucket]);
            counts[bucket] = more <= int.MaxValue ? more : counts[bucket];
        }

        return Of(counts);
    }

    /// <summary>The duration below which <paramref name="share"/> (0 to 1) of the requests lie; zero without a request.</summary>
    public TimeSpan Percentile(double share)
    {
        if (IsEmpty)
            return TimeSpan.Zero;
        Span<uint> nothing = stackalloc uint[LatencyHistogram.Buckets];
        Span<uint> counts = stackalloc uint[LatencyHistogram.Buckets];
        AddTo(counts);
        return LatencyHistogram.Percentile(nothing, counts, share);
    }
}

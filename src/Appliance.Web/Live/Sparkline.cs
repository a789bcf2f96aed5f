using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Live;

/// <summary>
/// 15 minutes as the points of an SVG polyline, 90 by 24: one point for ten seconds, their greatest value. The buckets stand still in time,
/// so that the line changes every ten seconds and is not sent again meanwhile.
/// </summary>
public static class Sparkline
{
    /// <summary>Width of the drawing.</summary>
    public const int Width = 90;

    /// <summary>Height of the drawing.</summary>
    public const int Height = 24;

    private const int SecondsAPoint = 10;

    /// <summary>The points, or nothing before the first ten seconds are over.</summary>
    public static string Of(ImmutableArray<TrafficPoint> history, Func<TrafficPoint, double> value)
    {
        var buckets = Buckets.Of(history, SecondsAPoint, Width, value, static (one, other) => Math.Max(one, other));
        var most = buckets.Length == 0 ? 0 : buckets.Max();
        var text = new StringBuilder(buckets.Length * 8);
        for (var index = 0; index < buckets.Length; index++)
        {
            var x = Width - buckets.Length + index;
            var y = most <= 0 ? Height - 1 : Height - 1 - (buckets[index] / most * (Height - 3));
            text.Append(CultureInfo.InvariantCulture, $"{x},{Math.Round(y, 1)} ");
        }

        return text.ToString();
    }
}

/// <summary>Seconds of history gathered into buckets that stand still in time. The last, unfinished one is left out.</summary>
internal static class Buckets
{
    /// <summary>At most <paramref name="most"/> buckets, oldest first.</summary>
    public static double[] Of(
        ImmutableArray<TrafficPoint> history,
        int seconds,
        int most,
        Func<TrafficPoint, double> value,
        Func<double, double, double> gather
    )
    {
        if (history.IsEmpty)
            return [];
        static long Second(TrafficPoint point) => point.At.ToUnixTimeSeconds();
        var last = Second(history[^1]) / seconds;
        var first = Math.Max(Second(history[0]) / seconds, last - most);
        if (first >= last)
            return [];
        var buckets = new double[last - first];
        foreach (var point in history)
        {
            var bucket = (Second(point) / seconds) - first;
            if (bucket >= 0 && bucket < buckets.Length)
                buckets[bucket] = gather(buckets[bucket], value(point));
        }

        return buckets;
    }
}

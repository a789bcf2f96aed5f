using System.Globalization;
using Appliance.Proxy.Items;

namespace Appliance.Web.Controls;

/// <summary>Numbers, sizes and times as people read them. Thin spaces group digits and stand before units.</summary>
public static class Shown
{
    private const char Thin = '\u202f';
    private const int LeastAhead = 6;
    private static readonly NumberFormatInfo _numbers = new() { NumberGroupSeparator = Thin.ToString(), NumberDecimalSeparator = "." };
    private static readonly string[] _sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>A count: 12 345.</summary>
    public static string Count(long number) => number.ToString("#,0", _numbers);

    /// <summary>A rate: one decimal below ten where there is one, none above.</summary>
    public static string Rate(double number) =>
        number is > 0 and < 9.95 && Math.Abs(number - Math.Round(number)) >= 0.05
            ? number.ToString("0.0", _numbers)
            : Math.Round(number).ToString("#,0", _numbers);

    /// <summary>Bytes: 512 B, 1.4 KiB, 23 MiB.</summary>
    public static string Bytes(double bytes)
    {
        var size = 0;
        while (bytes >= 1023.95 && size < _sizes.Length - 1)
        {
            bytes /= 1024;
            size++;
        }

        return (size == 0 || bytes >= 9.95 ? Math.Round(bytes).ToString("#,0", _numbers) : bytes.ToString("0.0", _numbers))
            + Thin
            + _sizes[size];
    }

    /// <summary>A share of one: 0 %, 0.3 %, 12 %.</summary>
    public static string Share(double share) =>
        (share is > 0 and < 0.0995 ? (share * 100).ToString("0.0", _numbers) : Math.Round(share * 100).ToString("0", _numbers))
        + Thin
        + "%";

    /// <summary>A latency: 0.8 ms, 12 ms, 1.3 s; a dash for none.</summary>
    public static string Latency(double milliseconds) =>
        milliseconds switch
        {
            <= 0 => "–",
            < 9.95 => milliseconds.ToString("0.0", _numbers) + Thin + "ms",
            < 999.5 => Math.Round(milliseconds).ToString("0", _numbers) + Thin + "ms",
            _ => (milliseconds / 1000).ToString("0.0", _numbers) + Thin + "s",
        };

    /// <summary>How long: 5 s, 3 min, 2 h 10 min, 4 d 3 h.</summary>
    public static string Duration(TimeSpan span)
    {
        span = span < TimeSpan.Zero ? TimeSpan.Zero : span;
        if (span.TotalSeconds < 60)
            return $"{(int)span.TotalSeconds}{Thin}s";
        if (span.TotalMinutes < 60)
            return $"{(int)span.TotalMinutes}{Thin}min";
        if (span.TotalHours < 24)
            return span.Minutes == 0 ? $"{(int)span.TotalHours}{Thin}h" : $"{(int)span.TotalHours}{Thin}h {span.Minutes}{Thin}min";
        return span.Hours == 0 ? $"{(int)span.TotalDays}{Thin}d" : $"{(int)span.TotalDays}{Thin}d {span.Hours}{Thin}h";
    }

    /// <summary>
    /// How long ago: just now, 5 s ago, 3 min ago; of what is to come, in 8 min. Pages tell times from a view that is a moment old, so
    /// what seems to be some seconds ahead has just happened.
    /// </summary>
    public static string Ago(TimeSpan span) =>
        span.TotalSeconds <= -LeastAhead ? $"in {Duration(RoundedUp(-span))}"
        : span.TotalSeconds < 2 ? "just now"
        : Duration(span) + " ago";

    // Ten minutes that have just begun are ten, not nine.
    private static TimeSpan RoundedUp(TimeSpan span) =>
        span + (span.TotalSeconds <= 59 ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1)) - TimeSpan.FromTicks(1);

    /// <summary>A number with its noun: 1 route, 2 routes.</summary>
    public static string Some(int number, string one, string? many = null) => $"{Count(number)} {Counted.Noun(number, one, many)}";
}

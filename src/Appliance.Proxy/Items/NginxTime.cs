using System.Globalization;

namespace Appliance.Proxy.Items;

/// <summary>
/// nginx's time syntax: <c>300s</c>, <c>5m</c>, <c>1h 30m</c>, <c>500ms</c>; a plain number is seconds (nginx: Configuration file
/// measurement units).
/// </summary>
public static class NginxTime
{
    private static readonly (string Unit, TimeSpan Span)[] _units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    /// <summary>In the largest unit that is exact.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";
        foreach (var (unit, span) in _units)
        {
            if (value.Ticks % span.Ticks == 0)
                return $"{value.Ticks / span.Ticks}{unit}";
        }

        return $"{(long)value.TotalMilliseconds}ms";
    }

    /// <summary>
    /// False when it is not a time, or longer than a <see cref="TimeSpan"/> can be. Whatever <see cref="Format"/> writes is one.
    /// </summary>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        var any = false;
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            var digits = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            if (!long.TryParse(text.AsSpan(digits, at - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return false;
            var letters = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
                at++;
            var unit = letters == at ? "s" : text[letters..at];
            var index = Array.FindIndex(_units, known => known.Unit == unit);
            if (index < 0 || number > (TimeSpan.MaxValue.Ticks - span.Ticks) / _units[index].Span.Ticks)
                return false;

            // In ticks: a span times a number goes by way of a double, which loses some.
            span += TimeSpan.FromTicks(_units[index].Span.Ticks * number);
            any = true;
        }

        return any;
    }
}

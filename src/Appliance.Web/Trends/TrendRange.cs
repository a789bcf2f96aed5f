using System.Collections.Immutable;
using Appliance.Data.Figures;

namespace Appliance.Web.Trends;

/// <summary>How far a chart looks back, as it stands in the address: <c>?range=24h</c>.</summary>
/// <param name="Key">What stands in the address.</param>
/// <param name="Words">What people read.</param>
/// <param name="Grain">What it is made of.</param>
/// <param name="Count">How many minutes or hours it has.</param>
/// <param name="Size">How many of them make one point.</param>
/// <param name="RowPoints">How many points make one row of the table below the charts.</param>
/// <param name="Ticks">The words of its time axis, each with its place from 0 (left) to 1.</param>
public sealed record TrendRange(
    string Key,
    string Words,
    FigureGrain Grain,
    int Count,
    int Size,
    int RowPoints,
    ImmutableArray<(double Place, string Words)> Ticks
)
{
    /// <summary>The ranges that can be chosen, the shortest first.</summary>
    public static ImmutableArray<TrendRange> All { get; } =
    [
        new("15m", "15 min", FigureGrain.Minute, 15, 1, 1, Of(15, "min", 15, 10, 5)),
        new("1h", "1 h", FigureGrain.Minute, 60, 1, 5, Of(60, "min", 60, 45, 30, 15)),
        new("24h", "24 h", FigureGrain.Minute, 24 * 60, 5, 12, Of(24, "h", 24, 18, 12, 6)),
        new("7d", "7 d", FigureGrain.Hour, 7 * 24, 1, 24, Of(7, "d", 7, 5, 3, 1)),
        new("31d", "31 d", FigureGrain.Hour, 31 * 24, 3, 8, Of(31, "d", 31, 21, 14, 7)),
    ];

    /// <summary>The range without a choice.</summary>
    public static TrendRange Shortest => All[0];

    /// <summary>A day.</summary>
    public static TrendRange Day => All[2];

    /// <summary>How long one point of a chart is, in seconds.</summary>
    public int Seconds => Size * (Grain == FigureGrain.Minute ? 60 : 3600);

    /// <summary>How many points a chart has.</summary>
    public int Points => Count / Size;

    /// <summary>What one point is called: <c>5 min</c>.</summary>
    public string PointWords => Grain == FigureGrain.Minute ? $"{Size} min" : $"{Size} h";

    /// <summary>Reads what stands in the address; another word is <paramref name="otherwise"/>.</summary>
    public static TrendRange Parse(string? key, TrendRange otherwise) => All.FirstOrDefault(range => range.Key == key) ?? otherwise;

    /// <summary>
    /// The first and the last minute or hour at this moment. Points stand still: they begin at multiples of their length. A point of
    /// minutes is shown when it is over, one of hours grows.
    /// </summary>
    public (long From, long To) SpanAt(DateTimeOffset now)
    {
        var minute = now.ToUnixTimeSeconds() / 60;
        if (Grain == FigureGrain.Minute)
        {
            var end = minute / Size * Size;
            return (end - Count, end - 1);
        }

        var hour = minute / 60;
        return (((hour / Size) - Points + 1) * Size, hour);
    }

    private static ImmutableArray<(double Place, string Words)> Of(double most, string unit, params ReadOnlySpan<int> ago)
    {
        var ticks = ImmutableArray.CreateBuilder<(double, string)>();
        foreach (var one in ago)
            ticks.Add((1 - (one / most), ticks.Count == 0 ? $"{one} {unit} ago" : $"{one} {unit}"));
        ticks.Add((1, "now"));
        return ticks.ToImmutable();
    }
}

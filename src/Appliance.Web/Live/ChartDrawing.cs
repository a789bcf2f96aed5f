using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Proxy.Traffic;
using Appliance.Web.Controls;

namespace Appliance.Web.Live;

/// <summary>A chart of the last 15 minutes as SVG paths, 180 points of five seconds each, 180 by 60 units.</summary>
/// <param name="Series">In drawing order.</param>
/// <param name="Top">The value at the upper edge.</param>
public sealed record ChartDrawing(ImmutableArray<ChartSeries> Series, double Top)
{
    /// <summary>Points, and width of the drawing.</summary>
    public const int Width = 180;

    /// <summary>Height of the drawing.</summary>
    public const int Height = 60;

    private const int SecondsAPoint = 5;

    /// <summary>Width of this drawing.</summary>
    public int Points { get; private init; } = Width;

    /// <summary><see cref="Top"/> as people read it.</summary>
    public string Scale { get; private init; } = Shown.Rate(Top);

    /// <summary>Half of <see cref="Top"/> as people read it.</summary>
    public string HalfScale { get; private init; } = Shown.Rate(Top / 2);

    /// <summary>When the first point begins, seconds since 1970; null: the newest is of this moment.</summary>
    public long? From { get; init; }

    /// <summary>How long a point is; 0: the chart says it.</summary>
    public int Seconds { get; init; }

    /// <summary>The words of the time axis, each with its place from 0 (left) to 1.</summary>
    public ImmutableArray<(double Place, string Words)> Ticks { get; init; } = [];

    /// <summary>Points of which nothing is known, from 0, both included.</summary>
    public ImmutableArray<(int First, int Last)> Gaps { get; init; } = [];

    /// <summary>What happened meanwhile.</summary>
    public ImmutableArray<ChartMark> Marks { get; init; } = [];

    /// <summary>Draws. Stacked: areas on top of each other; otherwise lines.</summary>
    public static ChartDrawing Of(
        ImmutableArray<TrafficPoint> history,
        bool stacked,
        ImmutableArray<(string Name, string Kind, Func<TrafficPoint, double> Value)> wanted
    ) =>
        Of(
            [
                .. wanted.Select(series => new ChartValues(
                    series.Name,
                    series.Kind,
                    Buckets.Of(history, SecondsAPoint, Width, series.Value, static (one, other) => Math.Max(one, other)),
                    history.IsEmpty ? 0 : series.Value(history[^1])
                )),
            ],
            stacked,
            Width,
            Shown.Rate
        );

    /// <summary>Draws values that are points already, the newest at the right edge.</summary>
    /// <param name="wanted">In drawing order, each as long as the others. A value that is not a number is not drawn.</param>
    /// <param name="stacked">Areas on top of each other; otherwise lines.</param>
    /// <param name="points">How many fill the width.</param>
    /// <param name="show">Writes a value.</param>
    /// <param name="areBytes">The scale is round in KiB, MiB and so on.</param>
    public static ChartDrawing Of(
        ImmutableArray<ChartValues> wanted,
        bool stacked,
        int points,
        Func<double, string> show,
        bool areBytes = false
    )
    {
        var values = wanted.Select(chart => chart.Values).ToArray();
        var length = values.Max(list => list.Length);
        var top = 0.0;
        for (var index = 0; index < length; index++)
            top = Math.Max(top, Known(stacked ? values.Sum(list => list[index]) : values.Max(list => Known(list[index]))));
        var unit = areBytes && top > 1 ? Math.Pow(1024, Math.Floor(Math.Log(top, 1024))) : 1;
        top = Round(top / unit) * unit;
        var below = new double[length];
        var series = ImmutableArray.CreateBuilder<ChartSeries>();
        foreach (var chart in wanted)
        {
            var upper = stacked ? chart.Values.Zip(below, static (value, under) => value + under).ToArray() : chart.Values;
            series.Add(
                new(
                    chart.Name,
                    chart.Kind,
                    stacked ? Area(below, upper, top, points) : Line(upper, top, points),
                    show(chart.Now),
                    Written(chart.Values, show)
                )
            );
            if (stacked)
                below = upper;
        }

        return new(series.ToImmutable(), top)
        {
            Points = points,
            Scale = show(top),
            HalfScale = show(top / 2),
        };
    }

    // Most values of most charts are zero: those are left out.
    private static string Written(double[] values, Func<double, string> show) =>
        string.Join(
            ';',
            values.Select(value =>
                value == 0 ? ""
                : double.IsNaN(value) ? "–"
                : show(value)
            )
        );

    private static double Known(double value) => double.IsNaN(value) ? 0 : value;

    // 1, 2 or 5 times a power of ten: the scale stays while the values move.
    private static double Round(double top)
    {
        if (top <= 1)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(top)));
        return top <= power ? power
            : top <= 2 * power ? 2 * power
            : top <= 5 * power ? 5 * power
            : 10 * power;
    }

    private static string Line(double[] values, double top, int points)
    {
        var path = new StringBuilder();
        foreach (var (first, end) in Runs(values))
        {
            for (var index = first; index < end; index++)
                Append(path, index == first ? 'M' : 'L', X(index, values.Length, points), Y(values[index], top));

            // A point between two gaps is a dash.
            if (end - first == 1 && values.Length > 1)
                path.Append("h1");
        }

        return path.ToString();
    }

    private static string Area(double[] below, double[] upper, double top, int points)
    {
        var path = new StringBuilder();
        foreach (var (first, end) in Runs(upper))
        {
            for (var index = first; index < end; index++)
                Append(path, index == first ? 'M' : 'L', X(index, upper.Length, points), Y(upper[index], top));
            if (end - first == 1 && upper.Length > 1)
                path.Append("h1").Append(CultureInfo.InvariantCulture, $"V{Y(below[first], top)}");
            for (var index = end - 1; index >= first; index--)
                Append(path, 'L', X(index, upper.Length, points), Y(below[index], top));
            path.Append('Z');
        }

        return path.ToString();
    }

    // Neighbours that are known.
    private static IEnumerable<(int First, int End)> Runs(double[] values)
    {
        for (var first = 0; first < values.Length; first++)
        {
            if (double.IsNaN(values[first]))
                continue;
            var end = first;
            while (end < values.Length && !double.IsNaN(values[end]))
                end++;
            yield return (first, end);
            first = end;
        }
    }

    private static int X(int index, int length, int points) => points - length + index + 1;

    private static double Y(double value, double top) => Math.Round(Height - (value / top * (Height - 2)), 1);

    private static void Append(StringBuilder path, char letter, int x, double y) =>
        path.Append(CultureInfo.InvariantCulture, $"{letter}{x} {y}");
}

/// <summary>What a line or area of a chart is drawn from.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Kind">Names its colour.</param>
/// <param name="Values">Oldest first.</param>
/// <param name="Now">What the legend says.</param>
public sealed record ChartValues(string Name, string Kind, double[] Values, double Now);

/// <summary>One line or area of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Kind">Names its colour.</param>
/// <param name="Path">SVG path data.</param>
/// <param name="Now">Its newest value.</param>
/// <param name="Values">What it is drawn from, oldest first, as people read it: <c>3;;1.5</c>. Nothing stands for zero.</param>
public sealed record ChartSeries(string Name, string Kind, string Path, string Now, string Values);

/// <summary>Something that happened within the time of a chart.</summary>
/// <param name="Place">When, from 0 (left) to 1.</param>
/// <param name="Words">What, as a sentence.</param>
/// <param name="Path">The page that says more.</param>
public sealed record ChartMark(double Place, string Words, string Path)
{
    /// <summary>What, in a few words: what stands before the colon.</summary>
    public string Name => Words.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? Words[..colon] : Words;
}

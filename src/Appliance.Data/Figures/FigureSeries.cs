using System.Collections.Immutable;

namespace Appliance.Data.Figures;

/// <summary>What an item carried, minute by minute or hour by hour.</summary>
/// <param name="From">The first minute or hour: how many have passed since 1970, UTC.</param>
/// <param name="Points">One for each minute or hour. Null: it is not known, because no figures were kept.</param>
public sealed record FigureSeries(long From, ImmutableArray<FigurePoint?> Points)
{
    /// <summary>Nothing is known.</summary>
    public static FigureSeries None { get; } = new(0, []);

    /// <summary>All of it together.</summary>
    public FigurePoint Sum() => Sum(Points);

    /// <summary>
    /// Gathers points into longer spans that begin at multiples of <paramref name="size"/>. A span is known when a point of it is.
    /// </summary>
    public FigureSeries Gather(int size)
    {
        if (Points.IsEmpty || size == 1)
            return this;
        var first = From / size;
        var last = (From + Points.Length - 1) / size;
        var gathered = ImmutableArray.CreateBuilder<FigurePoint?>((int)(last - first + 1));
        for (var span = first; span <= last; span++)
        {
            var from = (int)Math.Max(span * size - From, 0);
            var to = (int)Math.Min((span + 1) * size - From, Points.Length);
            var known = Points.AsSpan()[from..to].ToArray().Where(point => point is not null).ToArray();
            gathered.Add(known.Length == 0 ? null : Sum(known));
        }

        return new(first, gathered.MoveToImmutable());
    }

    private static FigurePoint Sum(IEnumerable<FigurePoint?> points)
    {
        var sum = FigurePoint.None;
        foreach (var point in points)
        {
            if (point is not null && point != FigurePoint.None)
                sum = sum.Add(point);
        }

        return sum;
    }
}

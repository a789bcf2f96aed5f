namespace Appliance.Data.Revisions;

/// <summary>
/// Positions with gaps for a list whose order matters. Items that already stand in the right order keep theirs (the longest rising
/// subsequence); only the others get new ones, so that moving one item writes one row.
/// </summary>
public static class ItemOrder
{
    /// <summary>The distance between two items appended one after the other.</summary>
    public const long Gap = 1L << 20;

    /// <summary>
    /// Positions for items in their wanted order; null in <paramref name="current"/> is a new item. Rising, and equal to current where
    /// possible.
    /// </summary>
    public static long[] Assign(IReadOnlyList<long?> current)
    {
        var keep = LongestRising(current);
        var positions = new long[current.Count];
        for (var at = 0; at < current.Count; )
        {
            if (keep[at])
            {
                positions[at] = current[at]!.Value; // kept items have one
                at++;
                continue;
            }

            var end = at;
            while (end < current.Count && !keep[end])
                end++;
            var before = at == 0 ? 0 : positions[at - 1];
            var step = end == current.Count ? Gap : (current[end]!.Value - before) / (end - at + 1);
            if (step == 0)
                return Renumber(current.Count);
            for (; at < end; at++)
                positions[at] = before += step;
        }

        return positions;
    }

    private static long[] Renumber(int count) => [.. Enumerable.Range(1, count).Select(number => number * Gap)];

    private static bool[] LongestRising(IReadOnlyList<long?> values)
    {
        var tails = new List<int>();
        var previous = new int[values.Count];
        for (var at = 0; at < values.Count; at++)
        {
            if (values[at] is not { } value || value <= 0)
                continue;
            var (low, high) = (0, tails.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (values[tails[middle]] < value)
                    low = middle + 1;
                else
                    high = middle;
            }

            previous[at] = low == 0 ? -1 : tails[low - 1];
            if (low == tails.Count)
                tails.Add(at);
            else
                tails[low] = at;
        }

        var keep = new bool[values.Count];
        for (var at = tails.Count == 0 ? -1 : tails[^1]; at >= 0; at = previous[at])
            keep[at] = true;
        return keep;
    }
}

namespace Appliance.Proxy.Items;

/// <summary>How far a mistyped name is from a known one, for "did you mean".</summary>
public static class NearestName
{
    /// <summary>The Levenshtein distance of two names.</summary>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }

    /// <summary>
    /// The nearest other name of <paramref name="known"/> within two changes that leave at least one letter as it is, as " Did you mean
    /// x?", else empty.
    /// </summary>
    public static string Hint(string name, IEnumerable<string> known) => Of(name, known) is { } nearest ? $" Did you mean {nearest}?" : "";

    /// <summary>
    /// The nearest other name, or null. A name that is known elsewhere, as a member of another object, is no hint to itself.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        var nearest = known.Where(candidate => candidate != name).MinBy(candidate => Distance(candidate, name));
        return nearest is not null && Distance(nearest, name) <= Math.Min(2, name.Length - 1) ? nearest : null;
    }
}

using System.Globalization;
using Appliance.Proxy.Items;

namespace Appliance.Web.Forms;

/// <summary>Values as people type them, and back.</summary>
public static class Texts
{
    private static readonly char[] _blanks = [' ', '\t', '\r', '\n', ','];

    /// <summary>Words separated by spaces, lines or commas.</summary>
    public static IReadOnlyList<string> Words(string text) => text.Split(_blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Hosts: separated by spaces or lines. A comma at the end of a word is left out; one inside of a word is a typo that the rules name
    /// (<c>app.example,com</c>).
    /// </summary>
    public static IReadOnlyList<string> Hosts(string text) =>
        [
            .. text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word[0] == '~' ? word : word.Trim(','))
                .Where(word => word.Length > 0),
        ];

    /// <summary>
    /// Reads a time in nginx's syntax (<c>300s</c>, <c>1h 30m</c>). An empty text gives <paramref name="standard"/>; any other text adds a
    /// problem at <paramref name="path"/>.
    /// </summary>
    public static TimeSpan Time(string text, TimeSpan standard, string path, List<FieldProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return standard;
        if (NginxTime.TryParse(text.Trim(), out var span))
            return span;
        problems.Add(new(path, $"\"{text.Trim()}\" is not a time; write it as 300s, 5m, 1h 30m or 500ms."));
        return standard;
    }

    /// <summary>
    /// Reads a whole number. An empty text gives <paramref name="standard"/>; any other text adds a problem at <paramref name="path"/>.
    /// </summary>
    public static int Number(string text, int standard, string path, List<FieldProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return standard;
        if (int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        problems.Add(new(path, $"\"{text.Trim()}\" is not a whole number."));
        return standard;
    }

    /// <summary>
    /// Reads a size in nginx's syntax (<c>8k</c>, <c>10m</c>, <c>1g</c>) in bytes. An empty text gives null; any other text adds a problem
    /// at <paramref name="path"/>.
    /// </summary>
    public static long? Size(string text, string path, List<FieldProblem> problems)
    {
        var trimmed = text.Trim().ToLowerInvariant();
        if (trimmed.Length == 0)
            return null;
        var unit = trimmed[^1] switch
        {
            'k' => 1L << 10,
            'm' => 1L << 20,
            'g' => 1L << 30,
            _ => 1,
        };
        if (
            long.TryParse(unit == 1 ? trimmed : trimmed[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= long.MaxValue / unit
        )
            return number * unit;
        problems.Add(new(path, $"\"{text.Trim()}\" is not a size; write it as bytes, or as 8k, 10m, 1g."));
        return null;
    }

    /// <summary>A size in the largest unit that is exact.</summary>
    public static string Size(long? bytes) =>
        bytes switch
        {
            null => "",
            > 0 when bytes % (1L << 30) == 0 => $"{bytes >> 30}g",
            > 0 when bytes % (1L << 20) == 0 => $"{bytes >> 20}m",
            > 0 when bytes % (1L << 10) == 0 => $"{bytes >> 10}k",
            _ => bytes.Value.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>A time in nginx's syntax.</summary>
    public static string Time(TimeSpan span) => NginxTime.Format(span);
}

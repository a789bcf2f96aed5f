using System.Globalization;

namespace Appliance.Proxy.Items;

/// <summary>A number with its noun: "1 session", "2 sessions". The one place that knows when a noun takes its plural.</summary>
public static class Counted
{
    /// <summary>The number, a space, and <paramref name="one"/>, or its plural: <paramref name="many"/>, by default with an s.</summary>
    public static string Of(long number, string one, string? many = null) =>
        $"{number.ToString(CultureInfo.InvariantCulture)} {Noun(number, one, many)}";

    /// <summary>The noun alone, without the number.</summary>
    public static string Noun(long number, string one, string? many = null) => number == 1 ? one : many ?? one + "s";
}

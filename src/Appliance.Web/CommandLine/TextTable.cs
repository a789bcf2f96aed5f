using System.Text;

namespace Appliance.Web.CommandLine;

/// <summary>Aligned columns for people.</summary>
internal static class TextTable
{
    /// <summary>Rows below a head, two spaces between columns, a line feed behind each row. Control characters in cells are shown as <c>?</c>.</summary>
    public static string Of(string[] head, IReadOnlyList<string[]> rows)
    {
        // Cells come from clients and comments: a terminal must not obey them.
        string[][] all = [head, .. rows.Select(row => row.Select(Plain).ToArray())];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in all)
            text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        return text.ToString();
    }

    private static string Plain(string cell) => string.Concat(cell.Select(one => char.IsControl(one) ? '?' : one));
}

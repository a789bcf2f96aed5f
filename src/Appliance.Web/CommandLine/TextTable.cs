using System.Text;
using Appliance.Proxy.Items;

namespace Appliance.Web.CommandLine;

/// <summary>Aligned columns for people.</summary>
internal static class TextTable
{
    /// <summary>
    /// Rows below a head, two spaces between columns, a line feed behind each row. What a terminal would obey is shown as an escape.
    /// </summary>
    public static string Of(string[] head, IReadOnlyList<string[]> rows)
    {
        // Cells come from clients and comments: a terminal must not obey them.
        string[][] all = [head, .. rows.Select(row => row.Select(VisibleText.Of).ToArray())];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in all)
            text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        return text.ToString();
    }
}

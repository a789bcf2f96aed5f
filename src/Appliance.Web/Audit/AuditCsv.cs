using System.Buffers;
using System.Globalization;
using Appliance.Proxy.Items;

namespace Appliance.Web.Audit;

/// <summary>Entries as CSV (RFC 4180), with a guard: a cell must not become a formula in the program that opens it.</summary>
public static class AuditCsv
{
    private const string Formulas = "=+-@＝＋－＠";
    private static readonly SearchValues<char> _quoted = SearchValues.Create("\",\r\n");

    /// <summary>The head, with its line end.</summary>
    public static string Head { get; } =
        Row(["id", "at_utc", "actor", "from", "action", "target", "before", "after", "result", "previous_hash", "hash"]);

    /// <summary>One entry, with its line end. A missing text is an empty cell.</summary>
    public static string Row(AuditLine line) =>
        Row([
            line.Id.ToString(CultureInfo.InvariantCulture),
            line.AtUtc.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            line.Actor,
            line.From,
            line.Action,
            line.Target,
            line.Before,
            line.After,
            line.Result,
            line.PreviousHash,
            line.Hash,
        ]);

    /// <summary>
    /// One cell in one line: quoted where need be, with escapes for what cannot be seen. One that a spreadsheet would calculate gets an
    /// apostrophe in front.
    /// </summary>
    public static string Cell(string? text)
    {
        text = text is null ? null : VisibleText.Of(text);
        var safe = text is { Length: > 0 } && Formulas.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text ?? "";

        // Where a semicolon parts the cells, what stands behind one begins a cell, too.
        foreach (var begin in Formulas)
            safe = safe.Replace($";{begin}", $";'{begin}", StringComparison.Ordinal);
        return safe.AsSpan().ContainsAny(_quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private static string Row(string?[] cells) => string.Join(',', cells.Select(Cell)) + "\r\n";
}

using System.Collections.Immutable;
using Appliance.Proxy.Connections;

namespace Appliance.Web.Connections;

/// <summary>One page of the table as of one second, shared by everybody who looks at it.</summary>
/// <param name="Count">How many the query found on all pages.</param>
/// <param name="Number">Which page this is, from 0; the last there is when a later one was asked for.</param>
/// <param name="Rows">Its rows.</param>
public sealed record ConnectionPage(int Count, int Number, ImmutableArray<ConnectionRow> Rows)
{
    /// <summary>Rows of a page.</summary>
    public const int Size = 50;

    /// <summary>A page on which no connection is shown.</summary>
    public static ConnectionPage Empty { get; } = new(0, 0, []);

    /// <summary>Finds, sorts and cuts. Ten thousand connections make fifty rows, not ten thousand; the list comes oldest first.</summary>
    public static ConnectionPage Of(IReadOnlyList<LiveConnection> all, ConnectionQuery query)
    {
        if (query.Filter is not { } filter)
            return Empty;
        var found = filter.IsEmpty ? all : [.. all.Where(filter.Matches)];
        var page = Math.Clamp(query.Page, 0, Math.Max(0, (found.Count - 1) / Size));
        var sorted = query.SortColumn is { } column ? column.Sort(found, query.Down) : found.Reverse();

        // LINQ sorts no more of it than this page needs.
        return new(found.Count, page, [.. sorted.Skip(page * Size).Take(Size).Select(connection => new ConnectionRow(connection))]);
    }

    /// <summary>True when somebody who sees these columns would see no difference.</summary>
    public bool ShowsTheSame(ConnectionPage other, ImmutableArray<ConnectionColumn> columns)
    {
        if (Count != other.Count || Number != other.Number || Rows.Length != other.Rows.Length)
            return false;
        for (var index = 0; index < Rows.Length; index++)
        {
            var (mine, others) = (Rows[index], other.Rows[index]);
            if (mine.Id != others.Id || columns.Any(column => mine.Cell(column) != others.Cell(column)))
                return false;
        }

        return true;
    }
}

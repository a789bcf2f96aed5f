using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;
using Appliance.Web.Connections;

namespace Appliance.Web.Control;

/// <summary>The columns by which the list can be sorted: those of the console's table by their keys, and the number.</summary>
public static class ConnectionOrder
{
    private const string Id = "id";

    /// <summary>The names of the columns that can be sorted by.</summary>
    public static IReadOnlyList<string> Columns { get; } = [Id, .. ConnectionColumn.All.Select(column => column.Key)];

    /// <summary>What is wrong with a column's name, or null.</summary>
    public static string? Fault(string? column) =>
        column is null || Columns.Contains(column)
            ? null
            : $"\"{column}\" is not a column to sort by; there are {string.Join(", ", Columns)}.{NearestName.Hint(column, Columns)}";

    /// <summary>Sorted, the smallest first and among equals the newest; without a column the oldest first.</summary>
    public static IEnumerable<LiveConnection> Sort(IEnumerable<LiveConnection> all, string? column, bool descending)
    {
        if (ConnectionColumn.Find(column ?? Id) is { } known)
            return known.Sort(all, descending);
        return descending ? all.OrderByDescending(connection => connection.Id) : all.OrderBy(connection => connection.Id);
    }
}

using Appliance.Proxy.Tunnels;
using Appliance.Proxy.Variables;

namespace Appliance.Web.Control;

/// <summary>The columns by which the list can be sorted.</summary>
public static class ConnectionOrder
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["id", "route", "pool", "server", "client", "age", "idle", "messages", "bytes", "rate", "revision"];

    /// <summary>What is wrong with a column's name, or null.</summary>
    public static string? Fault(string? column) => column is null || Columns.Contains(column)
        ? null
        : $"\"{column}\" is not a column to sort by; there are {string.Join(", ", Columns)}.{NearestName.Hint(column, Columns)}";

    /// <summary>Sorted, the smallest first; without a column the oldest first.</summary>
    public static IEnumerable<LiveConnection> Sort(IEnumerable<LiveConnection> all, string? column, bool descending)
    {
        var sorted = column switch
        {
            "route" => all.OrderBy(one => one.RouteName, StringComparer.OrdinalIgnoreCase),
            "pool" => all.OrderBy(one => one.PoolName, StringComparer.OrdinalIgnoreCase),
            "server" => all.OrderBy(one => one.ServerAddress, StringComparer.Ordinal),
            "client" => all.OrderBy(one => one.Client, StringComparer.Ordinal),
            "age" => all.OrderBy(one => one.Age),
            "idle" => all.OrderBy(one => one.IdleFor),
            "messages" => all.OrderBy(one => one.FromClient.Counts.Messages + one.FromServer.Counts.Messages),
            "bytes" => all.OrderBy(one => one.FromClient.Counts.WireBytes + one.FromServer.Counts.WireBytes),
            "rate" => all.OrderBy(one => one.Rates.Messages),
            "revision" => all.OrderBy(one => one.Revision),
            _ => all.OrderBy(one => one.Id),
        };
        return descending ? sorted.Reverse() : sorted;
    }
}

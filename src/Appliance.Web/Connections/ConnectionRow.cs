using Appliance.Proxy.Connections;

namespace Appliance.Web.Connections;

/// <summary>
/// One open WebSocket in one second's table. Each text is made when the first person shows its column, and stays for the others.
/// </summary>
public sealed class ConnectionRow(LiveConnection connection)
{
    private readonly string?[] _cells = new string?[ConnectionColumn.All.Length];

    /// <summary>The connection that the row shows.</summary>
    public LiveConnection One { get; } = connection;

    /// <summary>The number of the connection.</summary>
    public long Id => One.Id;

    /// <summary>What stands in a column.</summary>
    public string Cell(ConnectionColumn column) => _cells[column.Index] ??= column.Text(One);
}

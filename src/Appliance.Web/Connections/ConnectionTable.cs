using System.Collections.Immutable;

namespace Appliance.Web.Connections;

/// <summary>What one person sees and has chosen in the table, for the page and its rows.</summary>
public sealed class ConnectionTable(Action changed, Func<ConnectionRow, Task> close)
{
    private readonly HashSet<long> _selected = [];

    /// <summary>The columns that are shown.</summary>
    public ImmutableArray<ConnectionColumn> Columns { get; set; } = ConnectionColumn.Defaults;

    /// <summary>What is asked for.</summary>
    public ConnectionQuery Query { get; set; } = new();

    /// <summary>The connection whose details are open, or null.</summary>
    public long? Open { get; set; }

    /// <summary>All that the query finds are meant, on whatever page.</summary>
    public bool AllFound { get; private set; }

    /// <summary>Those that were chosen one by one.</summary>
    public IReadOnlyCollection<long> Selected => _selected;

    /// <summary>True for a row whose box is ticked.</summary>
    public bool IsSelected(long id) => AllFound || _selected.Contains(id);

    /// <summary>Ticks a row, or not. Taking one out of all leaves what stands on the page.</summary>
    public void Toggle(long id, ConnectionPage page)
    {
        if (AllFound)
            SelectPage(page, true);
        if (!_selected.Remove(id))
            _selected.Add(id);
        changed();
    }

    /// <summary>Ticks every row of a page, or none.</summary>
    public void SelectPage(ConnectionPage page, bool on)
    {
        AllFound = false;
        foreach (var row in page.Rows)
            _ = on ? _selected.Add(row.Id) : _selected.Remove(row.Id);
        changed();
    }

    /// <summary>Means everything that is found.</summary>
    public void SelectFound()
    {
        AllFound = true;
        changed();
    }

    /// <summary>Takes all ticks away.</summary>
    public void Clear()
    {
        AllFound = false;
        _selected.Clear();
        changed();
    }

    /// <summary>Forgets those that are gone. False when there was none.</summary>
    public bool Forget(Func<long, bool> isGone) => _selected.Count > 0 && _selected.RemoveWhere(id => isGone(id)) > 0;

    /// <summary>Asks, then closes a row's connection.</summary>
    public Task CloseAsync(ConnectionRow row) => close(row);
}

using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>The inspector: off until somebody turns it on, and off again with every start of the process.</summary>
public sealed class Inspections(ConnectionRegistry registry, TimeProvider time, ILogger<Inspections> log) : IAsyncDisposable
{
    /// <summary>How many may be armed or running at the same time.</summary>
    public const int MostAtOnce = 5;

    private static readonly TimeSpan _readable = TimeSpan.FromMinutes(15);

    // Inspections that read messages, and those that wait for their end.
    private readonly Errands _errands = new(log);
    private readonly Lock _lock = new();
    private volatile ImmutableList<Inspection> _all = [];
    private long _lastId;
    private volatile bool _enabled;

    /// <summary>True once it is turned on. Turning it off ends what runs and forgets what was kept.</summary>
    public bool Enabled
    {
        get => _enabled;
        set
        {
            lock (_lock)
            {
                _enabled = value;
                if (value)
                    return;
                foreach (var inspection in _all)
                    inspection.End();
                _all = [];
            }
        }
    }

    /// <summary>Armed, running and lately ended ones, newest first.</summary>
    public IReadOnlyList<Inspection> List()
    {
        Forget();
        return _all.Reverse();
    }

    /// <summary>One of them, or null.</summary>
    public Inspection? Find(long id) => List().FirstOrDefault(inspection => inspection.Id == id);

    /// <summary>Starts one, or says why not.</summary>
    public (Inspection? Inspection, string? Fault) Start(InspectionOrder order)
    {
        if (!Enabled)
            return (null, "The inspector is off. An administrator can turn it on.");
        if (order.Duration < TimeSpan.FromSeconds(1) || order.Duration > TimeSpan.FromHours(1))
            return (null, "An inspection runs for one second to one hour.");
        var (redaction, fault) = Redaction.Of(order.Redact);
        if (redaction is null)
            return (null, fault);
        lock (_lock)
        {
            if (_all.Count(running => running.State != InspectionState.Over) >= MostAtOnce)
                return (null, $"{MostAtOnce} inspections are running; stop one first.");
            var inspection = new Inspection(++_lastId, order, redaction, time, _errands);
            LiveConnection? connection = null;
            if (order.ConnectionId is { } id)
            {
                connection = registry.Find(id);
                if (connection is null)
                    return (null, $"Connection {id} is not open any more.");
                if (!connection.IsWebSocket)
                    return (null, $"Connection {id} carries {connection.UpgradedTo}: only the messages of WebSockets can be shown.");
                if (connection.Inspection is not null)
                    return (null, $"Connection {id} is being inspected already.");
            }

            // Its end first: what reads has no other one.
            _all = _all.Add(inspection);
            _errands.Run($"The end of inspection {inspection.Id}", stop => EndInTimeAsync(inspection, stop));
            if (connection is not null)
                inspection.Attach(connection, fromTheStart: false);
            return (inspection, null);
        }
    }

    /// <summary>Stops one; what it kept can be read for a while. False when it was over.</summary>
    public bool Stop(long id) => Find(id)?.End() == true;

    /// <summary>Ends every inspection, and waits for what still reads.</summary>
    public ValueTask DisposeAsync()
    {
        Enabled = false;
        return _errands.DisposeAsync();
    }

    /// <summary>A connection opens: one that was waited for is inspected from its first byte. Before anything of it is relayed.</summary>
    internal void Opening(LiveConnection connection)
    {
        if (!connection.IsWebSocket)
            return;
        foreach (var inspection in _all)
        {
            if (inspection.State != InspectionState.Armed || inspection.Order.RouteId != connection.RouteId)
                continue;
            if (inspection.Order.Client is { } client && (connection.ClientAddress is not { } address || !client.Contains(address)))
                continue;
            lock (_lock)
            {
                if (inspection.State == InspectionState.Armed && inspection.Attach(connection, fromTheStart: true))
                    return;
            }
        }
    }

    private async Task EndInTimeAsync(Inspection inspection, CancellationToken stop)
    {
        await Task.Delay(inspection.Order.Duration, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        inspection.End();
    }

    private void Forget()
    {
        lock (_lock)
        {
            var old = time.GetUtcNow() - _readable;
            if (_all.Exists(Gone))
                _all = _all.RemoveAll(Gone);

            bool Gone(Inspection inspection) => inspection.State == InspectionState.Over && inspection.Ends < old;
        }
    }
}

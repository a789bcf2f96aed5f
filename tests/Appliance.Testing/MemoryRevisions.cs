using Appliance.Proxy.Config;

namespace Appliance.Testing;

/// <summary>A store of revisions in memory, for tests of the proxy alone: the port it fills is the one the database fills.</summary>
public sealed class MemoryRevisions : IRevisionSource, INodeReportSink
{
    private readonly SemaphoreSlim _changed = new(0);
    private volatile ConfigRevision _head = ConfigRevision.None;

    /// <summary>Set to make reads fail as they do when a database is away.</summary>
    public Exception? Away { get; set; }

    /// <summary>Every report, in order.</summary>
    public List<NodeReport> Reports { get; } = [];

    /// <summary>What would be read now.</summary>
    public ConfigRevision Head => _head;

    /// <summary>Stores the next revision and wakes the proxy.</summary>
    public long Save(ProxyConfig config)
    {
        _head = new(_head.Number + 1, config);
        _changed.Release();
        return _head.Number;
    }

    /// <summary>Wakes the proxy without storing anything.</summary>
    public void Wake() => _changed.Release();

    /// <inheritdoc/>
    public ValueTask<ConfigRevision> ReadHeadAsync(CancellationToken cancellationToken) => Away is { } away ? throw away : new(_head);

    /// <inheritdoc/>
    public async Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        await _changed.WaitAsync(atMost, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ReportAsync(NodeReport report, CancellationToken cancellationToken)
    {
        lock (Reports)
            Reports.Add(report);
        return default;
    }
}

using Appliance.Proxy.Config;

namespace Appliance.Testing;

/// <summary>A store of revisions in memory, for tests of the proxy alone: the port it fills is the one the database fills.</summary>
public sealed class MemoryRevisions : IRevisionSource, INodeReportSink
{
    private readonly SemaphoreSlim changed = new(0);
    private volatile ConfigRevision head = ConfigRevision.None;

    /// <summary>Set to make reads fail as they do when a database is away.</summary>
    public Exception? Away { get; set; }

    /// <summary>Every report, in order.</summary>
    public List<NodeReport> Reports { get; } = [];

    /// <summary>What would be read now.</summary>
    public ConfigRevision Head => head;

    /// <summary>Stores the next revision and wakes the proxy.</summary>
    public long Save(ProxyConfig config)
    {
        head = new(head.Number + 1, config);
        changed.Release();
        return head.Number;
    }

    /// <summary>Wakes the proxy without storing anything.</summary>
    public void Wake() => changed.Release();

    /// <inheritdoc/>
    public ValueTask<ConfigRevision> ReadHeadAsync(CancellationToken cancellationToken) => Away is { } away ? throw away : new(head);

    /// <inheritdoc/>
    public async Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken) => await changed.WaitAsync(atMost, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ReportAsync(NodeReport report, CancellationToken cancellationToken)
    {
        lock (Reports)
            Reports.Add(report);
        return default;
    }
}

using Appliance.Proxy.Config;

namespace Appliance.Proxy.Snapshots;

/// <summary>The newest report of this node, and a way to wait for the one about a certain revision.</summary>
internal sealed class NodeOutcome(TimeProvider time)
{
    private readonly Lock _gate = new();
    private NodeReport _latest = new(0, 0, null, [], time.GetUtcNow());
    private TaskCompletionSource _next = New();

    public NodeReport Latest
    {
        get
        {
            lock (_gate)
                return _latest;
        }
    }

    /// <summary>Why the copy for a start without the store (last-good.json) is not the running config, a sentence; null: it is.</summary>
    public string? CopyProblem { get; set; }

    public void Publish(NodeReport report)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _latest = report;
            (waiting, _next) = (_next, New());
        }

        waiting.SetResult();
    }

    /// <summary>
    /// The first report whose wanted revision is at least <paramref name="revision"/>, or the newest one when time is up.
    /// </summary>
    public async Task<NodeReport> WaitForAsync(long revision, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_latest.WantedRevision >= revision)
                    return _latest;
                changed = _next.Task;
            }

            try
            {
                await changed.WaitAsync(both.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Latest;
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

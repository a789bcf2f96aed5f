using Appliance.Proxy.Config;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// The only way into the data plane: wait for a change, read the head, apply it, report. Edits, start-up, rollback and another node's save
/// all come through here.
/// </summary>
internal sealed class RevisionWatcher(
    IRevisionSource source,
    SnapshotApplier applier,
    NodeOutcome outcome,
    INodeReportSink reports,
    LastGoodFile? lastGood,
    TimeProvider time,
    ILogger<RevisionWatcher> log
) : BackgroundService
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(5);
    private bool _storeAway;

    // What could not be copied beside the database; tried again with every look.
    private ConfigRevision? _notCopied;

    // The report of the first apply, and what is to be copied, until they are written down.
    private readonly TaskCompletionSource _isRecorded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (NodeReport Report, ConfigRevision? Head)? _first;

    /// <summary>
    /// The first apply, before the listener opens. With the store away, the last config that worked; with neither, it throws.
    /// </summary>
    public async Task ApplyFirstAsync(CancellationToken cancellationToken)
    {
        ConfigRevision head;
        try
        {
            head = await source.ReadHeadAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && lastGood is not null)
        {
            // Going on is right: yesterday's routes serve people, an empty proxy serves nobody.
            if (await lastGood.ReadAsync(cancellationToken) is not { } kept)
                throw;
            log.StartedFromLastGood(exception, kept.Number);
            head = kept;
            _storeAway = true;
        }

        // What comes from the file need not be written there again: its disk may be full.
        _first = (await ApplyAsync(head, cancellationToken), _storeAway ? null : head);
    }

    /// <summary>
    /// Writes down what became of the first apply: the copy beside the database, and the report. No client waits for that, so it comes
    /// after the listener is open. The watch goes on after it. A token that is cancelled ends it without an exception: clients are served
    /// already, and are told of the stop in order.
    /// </summary>
    public async Task RecordFirstAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_first is var (report, head))
                await RecordAsync(report, head, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next start reports again.
        }

        _first = null;
        _isRecorded.TrySetResult();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _isRecorded.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await source.WaitForChangeAsync(_pollInterval, stoppingToken);
                var head = await source.ReadHeadAsync(stoppingToken);
                if (_storeAway)
                    log.StoreIsBack();
                _storeAway = false;
                if (head.Number != outcome.Latest.WantedRevision)
                    await RecordAsync(await ApplyAsync(head, stoppingToken), head, stoppingToken);
                else if (_notCopied is { } late)
                    await CopyAsync(late);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Going on is right: the snapshot that runs does not need the store.
                if (!_storeAway)
                    log.StoreIsAway(exception);
                _storeAway = true;
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<NodeReport> ApplyAsync(ConfigRevision revision, CancellationToken cancellationToken)
    {
        NodeReport report;
        try
        {
            report = await applier.ApplyAsync(revision, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A bug in compiling one revision must not end the proxy: it stays on the one that runs, and says so.
            log.ApplyFailed(exception, revision.Number);
            report = new(revision.Number, outcome.Latest.RunningRevision, $"Compiling failed: {exception.Message}", [], time.GetUtcNow());
        }

        if (report.Refusal is null)
            log.Applied(report.RunningRevision, revision.Config.Routes.Length, revision.Config.UpstreamPools.Length, report.Problems.Count);
        else
            log.Refused(report.WantedRevision, report.RunningRevision, report.Refusal);
        outcome.Publish(report);
        return report;
    }

    private async Task RecordAsync(NodeReport report, ConfigRevision? toCopy, CancellationToken cancellationToken)
    {
        if (report.Refusal is null && toCopy is not null)
            await CopyAsync(toCopy);
        try
        {
            await reports.ReportAsync(report, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The config is live; that its report could not be stored is worth a line, not a stop.
            log.RecordFailed(exception, report.RunningRevision);
        }
    }

    // Not to be cancelled: what is served and has no copy would be lost with the database.
    private async Task CopyAsync(ConfigRevision revision)
    {
        if (lastGood is null)
            return;
        try
        {
            await lastGood.WriteAsync(revision, CancellationToken.None);
            (_notCopied, outcome.CopyProblem) = (null, null);
        }
        catch (Exception exception)
        {
            // Going on is right: the config is live, and the copy is tried again until it is there; meanwhile the console says so.
            if (!ReferenceEquals(_notCopied, revision))
                log.CopyFailed(revision.Number, exception.Message);
            _notCopied = revision;
            outcome.CopyProblem =
                $"The copy of revision {revision.Number} beside the database (last-good.json) cannot be written "
                + $"({exception.Message.TrimEnd('.')}): a start without the "
                + "database would serve an older one. Make room in the data folder, or give this user write access to it.";
        }
    }
}

internal static partial class RevisionWatcherLog
{
    [LoggerMessage(1000, LogLevel.Information, "Revision {Revision} is live. Routes: {Routes}, pools: {Pools}, items left out: {LeftOut}.")]
    public static partial void Applied(this ILogger log, long revision, int routes, int pools, int leftOut);

    [LoggerMessage(1001, LogLevel.Error, "Revision {Wanted} was refused, revision {Running} keeps running: {Reason}")]
    public static partial void Refused(this ILogger log, long wanted, long running, string reason);

    [LoggerMessage(1002, LogLevel.Warning, "The store cannot be read; the running config stays.")]
    public static partial void StoreIsAway(this ILogger log, Exception exception);

    [LoggerMessage(1003, LogLevel.Information, "The store can be read again.")]
    public static partial void StoreIsBack(this ILogger log);

    [LoggerMessage(1004, LogLevel.Error, "Revision {Revision} could not be compiled.")]
    public static partial void ApplyFailed(this ILogger log, Exception exception, long revision);

    [LoggerMessage(1005, LogLevel.Warning, "The report about revision {Revision} could not be written.")]
    public static partial void RecordFailed(this ILogger log, Exception exception, long revision);

    [LoggerMessage(
        1007,
        LogLevel.Warning,
        "The copy of revision {Revision} for a start without the store (last-good.json) could not be written, and is tried again: {Reason}"
    )]
    public static partial void CopyFailed(this ILogger log, long revision, string reason);

    [LoggerMessage(1006, LogLevel.Warning, "The store cannot be read; starting with the last config that worked, revision {Revision}.")]
    public static partial void StartedFromLastGood(this ILogger log, Exception exception, long revision);
}

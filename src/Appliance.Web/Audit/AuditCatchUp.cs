using Appliance.Data;
using Appliance.Data.Audit;

namespace Appliance.Web.Audit;

/// <summary>Writes what was done while the database could not be written into the audit, as soon as it can.</summary>
internal sealed class AuditCatchUp(AuditStore store, TimeProvider time, ILogger<AuditCatchUp> log) : BackgroundService
{
    /// <summary>How often it tries while something waits.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(5);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(_lastPatience, time);
        if (store.Waiting > 0 && !await TryAsync(limit.Token))
            log.NeverStored(store.Waiting);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (store.Waiting is > 0 and var count && await TryAsync(stoppingToken))
                    log.CaughtUp(count);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last try follows.
        }
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.StoreWaitingAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception) || exception is OperationCanceledException)
        {
            // Going on is right: they wait, and each of them stands in the log.
            return false;
        }
    }
}

internal static partial class AuditCatchUpLog
{
    [LoggerMessage(3510, LogLevel.Information, "The database can be written again, and what waited is in the audit. Lines: {Count}.")]
    public static partial void CaughtUp(this ILogger log, int count);

    [LoggerMessage(
        3511,
        LogLevel.Error,
        "The process ends, and the database cannot be written. Lines that are not in the audit, but in this log (\"Not in the audit "
            + "yet\"): {Count}."
    )]
    public static partial void NeverStored(this ILogger log, int count);
}

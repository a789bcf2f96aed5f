using Appliance.Data.Audit;
using Appliance.Data.Rights;

namespace Appliance.Web.Audit;

/// <summary>Takes away, once at the start and then daily, what was kept for as long as the settings say.</summary>
internal sealed class AuditRetention(AuditStore store, AuditKept keep, TimeProvider time, ILogger<AuditRetention> log) : BackgroundService
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (keep.For is not { } kept)
            return;
        while (true)
        {
            try
            {
                var gone = await store.CutAsync(kept, Actor.Local("retention"), stoppingToken);
                if (gone > 0)
                    log.AuditCut(kept.TotalDays, gone);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Going on is right: too much is kept until the next time, and nothing else depends on it.
                log.AuditNotCut(exception);
            }

            try
            {
                await Task.Delay(Every, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}

internal static partial class AuditRetentionLog
{
    [LoggerMessage(3500, LogLevel.Information, "Audit retention took away what is older than {Days} days, entries: {Count}.")]
    public static partial void AuditCut(this ILogger log, double days, long count);

    [LoggerMessage(3501, LogLevel.Warning, "Audit retention failed; it is tried again in a day.")]
    public static partial void AuditNotCut(this ILogger log, Exception exception);
}

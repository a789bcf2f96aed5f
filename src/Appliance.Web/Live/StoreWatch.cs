using Appliance.Data;
using Appliance.Data.Revisions;

namespace Appliance.Web.Live;

/// <summary>
/// Looks now and then whether the database can be written: a disk that is full must not be found by the next person who saves.
/// </summary>
internal sealed class StoreWatch(ConfigStore store, TimeProvider time, ILogger<StoreWatch> log) : BackgroundService
{
    /// <summary>How often it looks while all is well.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>How often while nothing can be stored.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    /// <summary>One look. Says in the log what is new.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.TouchAsync(cancellationToken);
            if (store.Health.Stored())
                log.CanBeWritten();
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            if (store.Health.Failed(exception))
                log.CannotBeWritten(StoreFaults.StateOf(exception));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(store.Health.Problem is null ? Every : Again, time, stoppingToken);
                await LookAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The console stops.
        }
    }
}

internal static partial class StoreWatchLog
{
    [LoggerMessage(3203, LogLevel.Error, "{Sentence}")]
    public static partial void CannotBeWritten(this ILogger log, string sentence);

    [LoggerMessage(3204, LogLevel.Information, "The database can be written again.")]
    public static partial void CanBeWritten(this ILogger log);
}

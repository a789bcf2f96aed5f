using Appliance.Data;
using Appliance.Web.SignIn;

namespace Appliance.Web.Frame;

/// <summary>
/// Closes the connections of pages whose session has ended or whose person has other rights now: immediately after a change in this
/// process, within seconds after one by another process or when the time of a session is over. Connections that never draw anything are
/// closed, too.
/// </summary>
internal sealed class PageWatch(OpenPages pages, LiveSessions sessions, TimeProvider time, ILogger<PageWatch> log) : BackgroundService
{
    /// <summary>How long a connection may stay that draws nothing.</summary>
    public static readonly TimeSpan WithoutPage = TimeSpan.FromSeconds(30);

    // Twice what the framework keeps them for.
    private static readonly TimeSpan _lostKept = 2 * ConsoleSetup.KeptAfterLoss;

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        sessions.Changed -= Wake;
        _changed.Dispose();
        base.Dispose();
    }

    /// <summary>Looks at every connection as of that moment.</summary>
    public async Task LookAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var page in pages.List())
        {
            if (await IsOverAsync(page, cancellationToken) || (!page.HasPage && now - page.Since > WithoutPage))
                page.Abort();
        }

        pages.ForgetLost(now - _lostKept);
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        sessions.Changed += Wake;
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _changed.WaitAsync(LiveSessions.Freshness, stoppingToken);
                await LookAsync(time.GetUtcNow(), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The console stops.
        }
    }

    private async Task<bool> IsOverAsync(OpenPage page, CancellationToken cancellationToken)
    {
        try
        {
            return !await sessions.IsGoodAsync(page.Person, cancellationToken);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: what this page asks for is refused until the database answers, and the next look is seconds away.
            log.NotLooked(exception);
            return false;
        }
    }

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already, and looks again after this.
        }
    }
}

internal static partial class PageWatchLog
{
    [LoggerMessage(3802, LogLevel.Debug, "Whether a page may stay open could not be looked up; the next try is seconds away.")]
    public static partial void NotLooked(this ILogger log, Exception exception);
}

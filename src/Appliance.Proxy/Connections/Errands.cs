using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Connections;

/// <summary>
/// Work that goes on after its caller has an answer. Its owner disposes it: then work is told to stop and is waited for, and later work is
/// not begun. Work handles what can be expected; anything else that it throws is a bug, and is logged.
/// </summary>
internal sealed class Errands(ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly Lock _lock = new();
    private bool _isOver;

    /// <summary>
    /// Begins <paramref name="work"/>, on the caller's thread until it first waits. <paramref name="name"/> is for the log: a noun phrase.
    /// </summary>
    public void Run(string name, Func<CancellationToken, Task> work)
    {
        // Begun under the lock: work that began beside it could miss the end, and nobody would wait for it.
        lock (_lock)
        {
            _running.RemoveAll(errand => errand.IsCompleted);
            if (!_isOver)
                _running.Add(WatchAsync(name, work, _stop.Token));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
            running = [.. _running];
        }

        await _stop.CancelAsync();
        await Task.WhenAll(running);
        _stop.Dispose();
    }

    private async Task WatchAsync(string name, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        try
        {
            await work(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Going on is right: its owner is at its end.
        }
        catch (Exception exception)
        {
            // Going on is right: it is one errand of many, and nobody waits for its result.
            log.ErrandFailed(name, exception);
        }
    }
}

/// <summary>What errands log; event ids 1200 to 1299 are this folder's.</summary>
internal static partial class ErrandsLog
{
    [LoggerMessage(1203, LogLevel.Error, "{Errand} ended early: this is a bug")]
    public static partial void ErrandFailed(this ILogger log, string errand, Exception exception);
}

namespace Appliance.Web.Api;

/// <summary>A place in a queue, given back when it is disposed.</summary>
internal sealed class Turn : IDisposable
{
    private SemaphoreSlim? _queue;

    private Turn(SemaphoreSlim? queue) => _queue = queue;

    /// <summary>Waits for a place; without a wait where none is needed.</summary>
    public static async Task<Turn> TakeAsync(SemaphoreSlim queue, bool isNeeded, CancellationToken cancellationToken)
    {
        if (!isNeeded)
            return new(null);
        await queue.WaitAsync(cancellationToken);
        return new(queue);
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _queue, null)?.Release();
}

using System.Threading.Tasks.Sources;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// Carries "it is ready" from a loop's thread to one waiter, which continues on the thread pool or in place. A signal without a waiter is remembered, so that an edge is
/// never lost. A signal may come without a reason, so a woken waiter looks again. A wait allocates no memory.
/// </summary>
internal sealed class Readiness : IValueTaskSource
{
    private const int Nothing = 0;
    private const int Ready = 1;
    private const int Waiting = 2;

    // The loop runs what waits here only where it was told to: what runs there must never block.
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>
    /// True: who waits goes on in place, on the thread that signals. False (default): on the thread pool. To be set while nobody waits.
    /// </summary>
    public bool RunsInPlace
    {
        get => !_core.RunContinuationsAsynchronously;
        set => _core.RunContinuationsAsynchronously = !value;
    }

    /// <summary>True when there was a signal since the last wait.</summary>
    public bool IsSignalled => Volatile.Read(ref _state) == Ready;

    /// <summary>Completes at the next signal, or immediately when a signal came since the last wait. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Nothing, Ready) == Ready)
            return ValueTask.CompletedTask;
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Nothing) == Nothing)
            return new ValueTask(this, _core.Version);
        Volatile.Write(ref _state, Nothing);
        return ValueTask.CompletedTask;
    }

    /// <summary>As <see cref="WaitAsync()"/>; throws <see cref="OperationCanceledException"/> when the token is cancelled.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? WaitOrCancelAsync(cancellationToken) : WaitAsync();

    /// <summary>Forgets a signal that nobody waited for: for who is about to look anyway.</summary>
    public void Forget() => Interlocked.CompareExchange(ref _state, Nothing, Ready);

    /// <summary>Wakes the waiter, or the next one. Any thread.</summary>
    public void Signal()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == Ready)
                return;
            if (Interlocked.CompareExchange(ref _state, state == Waiting ? Nothing : Ready, state) != state)
                continue;
            if (state == Waiting)
                _core.SetResult(true);
            return;
        }
    }

    /// <inheritdoc/>
    public void GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private async ValueTask WaitOrCancelAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using (cancellationToken.UnsafeRegister(static source => ((Readiness)source!).Signal(), this))
            await WaitAsync(CancellationToken.None);
        if (!cancellationToken.IsCancellationRequested)
            return;
        // What was taken may have been the one word of an edge, which does not come again: it is given back to the next wait.
        Signal();
        throw new OperationCanceledException(cancellationToken);
    }
}

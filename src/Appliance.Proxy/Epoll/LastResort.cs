using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// For what cannot be put right from inside: a port that nobody answers any more. A process that says why and ends is started again by
/// whatever started it; one that stays, deaf, is not.
/// </summary>
internal sealed class LastResort(ILogger log, Action stop) : IThreadPoolWorkItem
{
    private int _used;

    /// <summary>True once the end was asked for.</summary>
    public bool IsUsed => Volatile.Read(ref _used) != 0;

    /// <summary>Says why, and lets the proxy stop in order, with an exit code that is not 0. Once; any thread; never throws.</summary>
    public void End(string reason)
    {
        if (Interlocked.Exchange(ref _used, 1) != 0)
            return;
        try
        {
            log.CannotGoOn(reason);
        }
        catch (Exception)
        {
            // Going on is right: it must end, whether it can say why or not.
        }

        try
        {
            // What waits for the end is other people's code, and may take its time.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (Exception failed)
        {
            Environment.FailFast(reason, failed);
        }
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => stop();
}

using Microsoft.Extensions.Hosting;

namespace Appliance.Proxy.Memory;

/// <summary>
/// Gives memory back to the system after a load. The collector collects when much is allocated, which is just not so when the load is over:
/// without this, what was needed once stays with the process.
/// </summary>
internal sealed class MemoryReturn(TimeProvider time) : BackgroundService
{
    private const long Worthwhile = 32L * 1024 * 1024;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(30);
    private long _allocated;
    private long _waiting;
    private long _left;

    /// <summary>True when what is committed is so much more than what is used that a pause of the process is worth it.</summary>
    public static bool IsWorthwhile(long committed, long used) => committed - used > Worthwhile + (used / 2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private void Look()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var recently = allocated - _allocated;
        _allocated = allocated;

        // 1. What a collection in the background brought half a minute ago: pools of buffers, too, let go of what was not used for some
        // collections. Under load the same memory
        //    would be wanted again in a moment.
        var committed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        if (
            recently < Worthwhile
            && committed > _left + (Worthwhile / 2)
            && IsWorthwhile(committed, GC.GetTotalMemory(forceFullCollection: false))
        )
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _left = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        }

        // 2. The next one, unless hardly anything was allocated since.
        _waiting += recently;
        if (_waiting < Worthwhile / 16)
            return;
        _waiting = 0;
        GC.Collect(2, GCCollectionMode.Forced, blocking: false);
    }
}

namespace Appliance.Proxy.Forwarding;

/// <summary>The memory that all request bodies together may take to be sent a second time. What does not fit is sent once.</summary>
internal sealed class ReplayBudget(long most)
{
    /// <summary>At most 64 MiB, and a sixteenth of the memory that this process may have.</summary>
    public const long Ceiling = 64L << 20;

    private long _taken;

    /// <summary>By this process's memory limit.</summary>
    public ReplayBudget()
        : this(Math.Min(Ceiling, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16)) { }

    /// <summary>Bytes, all bodies together.</summary>
    public long Most => most;

    /// <summary>Bytes that are taken now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>False when there is no room.</summary>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= most)
            return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Give(int bytes) => Interlocked.Add(ref _taken, -bytes);
}

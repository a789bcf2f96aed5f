namespace Appliance.Proxy.Memory;

/// <summary>
/// How near this process is to the end of its memory: what the garbage collector may take (a limit of the container,
/// <c>DOTNET_GCHeapHardLimit</c>, the machine), and what the cgroup of the process may. Asking is cheap: it looks again after 50 ms at the
/// earliest.
/// </summary>
internal sealed class MemoryRoom
{
    private static readonly TimeSpan _looksEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _collectsEvery = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly Func<double> _look;
    private readonly Action _collect;
    private long _lookedAt;
    private long _collectedAt;
    private int _looking;
    private double _share;

    /// <summary>Looks at the memory of this process.</summary>
    public MemoryRoom(TimeProvider time)
        : this(time, new UsedMemory().Share, static () => GC.Collect(2, GCCollectionMode.Forced, blocking: false)) { }

    /// <summary>For tests: <paramref name="look"/> says which share is used, <paramref name="collect"/> asks for a collection.</summary>
    public MemoryRoom(TimeProvider time, Func<double> look, Action collect)
    {
        (_time, _look, _collect) = (time, look, collect);
        _lookedAt = _collectedAt = time.GetTimestamp() - time.TimestampFrequency * 10;
    }

    /// <summary>From this share of the memory on, no new client is taken.</summary>
    public const double ScarceShare = 0.75;

    /// <summary>From this share on, not even what clients that were taken ask for.</summary>
    public const double SpentShare = 0.85;

    /// <summary>Bytes that the garbage collector may take for everything.</summary>
    public static long MostBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>True when no new client should be taken.</summary>
    public bool IsScarce => Share() >= ScarceShare;

    /// <summary>True when what is left is for the process itself and for what is open.</summary>
    public bool IsSpent => Share() >= SpentShare;

    private double Share()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt), now) < _looksEvery || Interlocked.Exchange(ref _looking, 1) != 0)
            return Volatile.Read(ref _share);
        var share = _look();
        Volatile.Write(ref _share, share);
        Volatile.Write(ref _lookedAt, now);

        // While nobody is taken, little is allocated: without this no collection would find out that there is room again.
        if (share >= ScarceShare && _time.GetElapsedTime(_collectedAt, now) >= _collectsEvery)
        {
            _collectedAt = now;
            _collect();
        }

        Volatile.Write(ref _looking, 0);
        return share;
    }
}

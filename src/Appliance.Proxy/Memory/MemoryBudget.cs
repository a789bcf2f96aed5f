using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Memory;

/// <summary>One kind of memory, with a total for all connections together. What it refuses is counted, and said once a minute.</summary>
internal sealed class MemoryBudget(string what, string beyond, long most, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan _saidEvery = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private long _used;
    private long _refused;
    private long? _saidAt;

    /// <summary>The total in bytes.</summary>
    public long Most => most;

    /// <summary>Bytes that are taken now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>How often it refused.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>
    /// Takes so many bytes; false when they are not there. Say <see cref="Refuse"/> when that changes what somebody gets.
    /// </summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= most)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Gives bytes back that were taken before.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);

    /// <summary>Counts a refusal, and logs it at most once in a while.</summary>
    public void Refuse()
    {
        var refused = Interlocked.Increment(ref _refused);
        lock (_lock)
        {
            if (_saidAt is { } before && time.GetElapsedTime(before) < _saidEvery)
                return;
            _saidAt = time.GetTimestamp();
        }

        log.BudgetSpent(what, most, beyond, refused);
    }
}

/// <summary>What budgets log; event ids 1900 to 1999 are this folder's.</summary>
internal static partial class MemoryBudgetLog
{
    [LoggerMessage(
        1900,
        LogLevel.Warning,
        "{What} may take {Most} bytes for all connections together, and they are taken: {Beyond} ({Refused} times since the start)"
    )]
    public static partial void BudgetSpent(this ILogger log, string what, long most, string beyond, long refused);
}

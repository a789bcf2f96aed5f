namespace Appliance.Proxy.Epoll;

/// <summary>
/// For what may happen a thousand times a second and is said at most once a minute, with how often it was. One thread at a time.
/// </summary>
internal sealed class SeldomSaid(TimeProvider time)
{
    private static readonly TimeSpan _between = TimeSpan.FromMinutes(1);
    private long? _saidAt;
    private long _count;

    /// <summary>Once more. True when it should be said now; <paramref name="count"/> is how often it was since the last time.</summary>
    public bool Happened(out long count)
    {
        count = ++_count;
        if (_saidAt is { } before && time.GetElapsedTime(before) < _between)
            return false;
        (_saidAt, _count) = (time.GetTimestamp(), 0);
        return true;
    }
}

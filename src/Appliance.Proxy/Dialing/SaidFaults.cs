using System.Collections.Concurrent;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// Faults that may happen a thousand times a second and are worth one line of the log: each reason at most once a minute for each server,
/// route or pool.
/// </summary>
internal sealed class SaidFaults(TimeProvider time)
{
    private const int MostRemembered = 1024;
    private static readonly TimeSpan _saidEvery = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string About, string Reason), long> _said = new();

    /// <summary>True when this fault should be said now: it was not said in the last minute.</summary>
    public bool IsDue(string about, string reason)
    {
        var now = time.GetTimestamp();
        if (_said.TryGetValue((about, reason), out var before))
            return time.GetElapsedTime(before, now) >= _saidEvery && _said.TryUpdate((about, reason), now, before);
        if (_said.Count >= MostRemembered)
            _said.Clear();
        return _said.TryAdd((about, reason), now);
    }
}

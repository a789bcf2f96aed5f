using System.Collections.Concurrent;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// Faults that may happen a thousand times a second and are worth one line of the log: each reason at most once a minute for each server or
/// route, with how often it was since the line before. Requests and WebSockets share it.
/// </summary>
internal sealed class SaidFaults(TimeProvider time)
{
    private const int MostRemembered = 1024;
    private static readonly TimeSpan _saidEvery = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string About, string Reason), Said> _said = new();

    /// <summary>
    /// Counts a fault. Not 0: it should be said now, since it was not in the last minute; so often it has happened since it was said last,
    /// this time included.
    /// </summary>
    public long Due(string about, string reason)
    {
        var now = time.GetTimestamp();
        if (!_said.TryGetValue((about, reason), out var said))
        {
            if (_said.Count >= MostRemembered)
                _said.Clear();
            if (_said.TryAdd((about, reason), new() { At = now }))
                return 1;
            said = _said.GetOrAdd((about, reason), _ => new() { At = now });
        }

        Interlocked.Increment(ref said.Times);
        var before = Volatile.Read(ref said.At);
        if (time.GetElapsedTime(before, now) < _saidEvery || Interlocked.CompareExchange(ref said.At, now, before) != before)
            return 0;
        return Math.Max(1, Interlocked.Exchange(ref said.Times, 0));
    }

    /// <summary>What stands in brackets behind such a line.</summary>
    public static string HowOften(long times) =>
        times <= 1
            ? "said once a minute"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{times} times since the line before; said once a minute");

    private sealed class Said
    {
        public long At;
        public long Times;
    }
}

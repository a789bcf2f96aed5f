using System.Net;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// Notices that the HTTP server takes no connections from a listener any more. Its loop asks for the next one the moment it has got one;
/// when an exception ended that loop, it says so once in the log, and the port stays open and deaf.
/// </summary>
internal sealed class AcceptWatch : IDisposable
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(2);

    // Looks, and not time: a process that was stopped for a minute has not been deaf.
    private const int MostLooks = 5;

    private readonly EndPoint _at;
    private readonly LastResort _lastResort;
    private readonly ITimer _timer;
    private bool _begun;
    private int _asking;
    private int _looks;

    /// <summary>Begins when the server first asks.</summary>
    public AcceptWatch(EndPoint at, LastResort lastResort, TimeProvider time)
    {
        (_at, _lastResort) = (at, lastResort);
        _timer = time.CreateTimer(static watch => ((AcceptWatch)watch!).Look(), this, _period, _period);
    }

    /// <summary>The server asks for a connection, and waits.</summary>
    public void Asks()
    {
        Volatile.Write(ref _looks, 0);
        Interlocked.Increment(ref _asking);
        _begun = true;
    }

    /// <summary>It got one, or an exception.</summary>
    public void Got() => Interlocked.Decrement(ref _asking);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // Every two seconds.
    private void Look()
    {
        if (!_begun || Volatile.Read(ref _asking) > 0)
            Volatile.Write(ref _looks, 0);
        else if (++_looks == MostLooks)
            _lastResort.End($"The server takes no connections from {_at} any more.");
    }
}

using Appliance.Proxy.Epoll;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Http1;

/// <summary>
/// The connections that are kept for one server. The one that was used last is taken first, so that the others may grow old. Any thread.
/// </summary>
internal sealed class KeptConnections(int most)
{
    private readonly Lock _gate = new();
    private readonly List<Http1Connection> _kept = [];
    private bool _isRetired;

    /// <summary>The settings under which the last one was kept.</summary>
    public UpstreamPool? Pool { get; private set; }

    /// <summary>One that is watched by <paramref name="loop"/>, else any, or null.</summary>
    public Http1Connection? Take(EpollLoop? loop)
    {
        lock (_gate)
        {
            var at = _kept.Count - 1;
            while (at >= 0 && loop is not null && _kept[at].Wire.Loop != loop)
                at--;
            if (at < 0)
                at = _kept.Count - 1;
            if (at < 0)
                return null;
            var connection = _kept[at];
            _kept.RemoveAt(at);
            return connection;
        }
    }

    /// <summary>Keeps one. False when there are too many; null when this list is no longer in use.</summary>
    public bool? TryKeep(Http1Connection connection, UpstreamPool pool)
    {
        lock (_gate)
        {
            if (_isRetired)
                return null;
            Pool = pool;
            if (_kept.Count >= most)
                return false;
            _kept.Add(connection);
            return true;
        }
    }

    /// <summary>All of which <paramref name="isOld"/> says that they should go. It is asked under a lock.</summary>
    public List<Http1Connection> TakeOld(Predicate<Http1Connection> isOld)
    {
        lock (_gate)
        {
            var old = _kept.FindAll(isOld);
            if (old.Count > 0)
                _kept.RemoveAll(old.Contains);
            return old;
        }
    }

    /// <summary>True when it holds none; it takes none from then on.</summary>
    public bool Retire()
    {
        lock (_gate)
            return _isRetired = _kept.Count == 0;
    }
}

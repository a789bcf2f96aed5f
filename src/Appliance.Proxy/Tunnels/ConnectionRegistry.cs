using System.Collections.Concurrent;

namespace Appliance.Proxy.Tunnels;

/// <summary>Every open WebSocket of this process. Outlives snapshots: no change of the config ends a connection.</summary>
public sealed class ConnectionRegistry
{
    /// <summary>Close code 1001, going away (RFC 6455, 7.4.1): what ends here is not the peer's fault.</summary>
    public const int GoingAway = 1001;

    private readonly ConcurrentDictionary<long, LiveConnection> _open = new();
    private long _lastId;
    private int _count;
    private volatile int _shutdownCode;
    private TaskCompletionSource? _allGone;

    /// <summary>How many are open.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A copy of the list as of now, oldest first.</summary>
    public IReadOnlyList<LiveConnection> List()
    {
        var list = new List<LiveConnection>(Count);
        foreach (var (_, connection) in _open) list.Add(connection);
        list.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return list;
    }

    /// <summary>Ends one connection with close code 1001. False when it is not open.</summary>
    public bool Close(long id)
    {
        if (!_open.TryGetValue(id, out var connection)) return false;
        connection.RequestEnd(TunnelEnd.Operator, GoingAway);
        return true;
    }

    /// <summary>
    /// Ends every connection, and every one that still opens, with a close frame of <paramref name="closeCode"/>. Returns when all are gone or when
    /// <paramref name="deadline"/> is cancelled; what is left then is cut with the listener.
    /// </summary>
    public async Task EndAllAsync(int closeCode, CancellationToken deadline)
    {
        _shutdownCode = closeCode;
        foreach (var (_, connection) in _open) connection.RequestEnd(TunnelEnd.Shutdown, closeCode);
        while (Count > 0 && !deadline.IsCancellationRequested)
        {
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _allGone, gone);
            if (Count > 0) await gone.Task.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Adds a connection and numbers it.</summary>
    internal void Add(LiveConnection connection)
    {
        connection.Id = Interlocked.Increment(ref _lastId);
        _open[connection.Id] = connection;
        Interlocked.Increment(ref _count);
        // After the entry is visible, so that EndAllAsync sees it or this line sees its code.
        if (_shutdownCode != 0) connection.RequestEnd(TunnelEnd.Shutdown, _shutdownCode);
    }

    /// <summary>Removes a connection that is over.</summary>
    internal void Remove(LiveConnection connection)
    {
        if (_open.TryRemove(connection.Id, out _) && Interlocked.Decrement(ref _count) == 0) Volatile.Read(ref _allGone)?.TrySetResult();
    }

    /// <summary>Ends what has been idle for too long, and adds to the traffic counters what passed since the last call. One walk for all connections.</summary>
    internal void Sweep()
    {
        foreach (var (_, connection) in _open)
        {
            connection.Tally.Take(connection);
            if (connection.IdleTimeout > TimeSpan.Zero && connection.IdleFor >= connection.IdleTimeout)
                connection.RequestEnd(TunnelEnd.Idle, GoingAway);
        }
    }
}

using System.Collections.Concurrent;
using System.Collections.Frozen;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Connections;

/// <summary>Every open WebSocket of this process. Outlives snapshots: no change of the config ends a connection.</summary>
public sealed class ConnectionRegistry(TimeProvider time)
{
    private static readonly CloseOrder _idle = new(TunnelEnd.Idle, CloseOrder.GoingAway, "idle timeout");
    private static readonly CloseOrder _tooOld = new(TunnelEnd.Lifetime, CloseOrder.GoingAway, "maximum lifetime");

    private readonly ConcurrentDictionary<long, LiveConnection> _open = new();
    private volatile FrozenDictionary<Guid, WebSocketPolicy> _policies = FrozenDictionary<Guid, WebSocketPolicy>.Empty;
    private long _lastId;
    private long _sweptAt = time.GetTimestamp();
    private int _count;
    private volatile CloseOrder? _shutdown;
    private TaskCompletionSource? _allGone;

    /// <summary>How many are open.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Those that ended last.</summary>
    public ClosedConnections Closed { get; } = new(time);

    /// <summary>Those that never opened.</summary>
    public FailedHandshakes Failed { get; } = new();

    /// <summary>How many each route and client has.</summary>
    internal SocketSeats Seats { get; } = new();

    /// <summary>True once the process is stopping: nothing new may open.</summary>
    internal bool IsStopping => _shutdown is not null;

    /// <summary>A copy of the list as of now, oldest first.</summary>
    public IReadOnlyList<LiveConnection> List()
    {
        var list = new List<LiveConnection>(Count);
        foreach (var (_, connection) in _open)
            list.Add(connection);
        list.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return list;
    }

    /// <summary>Those that <paramref name="filter"/> means, oldest first.</summary>
    public IReadOnlyList<LiveConnection> List(ConnectionFilter filter) => [.. List().Where(filter.Matches)];

    /// <summary>The open connection of that number, or null.</summary>
    public LiveConnection? Find(long id) => _open.GetValueOrDefault(id);

    /// <summary>Ends one connection in order. False when it is not open, or is being ended already.</summary>
    public bool Close(long id, CloseOrder order) => _open.TryGetValue(id, out var connection) && connection.RequestEnd(order);

    /// <summary>
    /// Ends every connection that <paramref name="filter"/> means, in order. Returns how many were not being ended already.
    /// </summary>
    public int Close(ConnectionFilter filter, CloseOrder order) =>
        _open.Count(open => filter.Matches(open.Value) && open.Value.RequestEnd(order));

    /// <summary>
    /// Ends every connection in order, spread over <paramref name="window"/>; what still opens is ended immediately. Returns when all are
    /// gone or when <paramref name="deadline"/> is cancelled; what is left then is cut with the listener.
    /// </summary>
    public async Task EndAllAsync(CloseOrder order, TimeSpan window, CancellationToken deadline)
    {
        _shutdown = order;
        await Departure.RunAsync(List(), order, window, time, deadline);

        // Those that opened while the list was made, or when the window was cut short.
        if (!deadline.IsCancellationRequested)
            Close(ConnectionFilter.All, order);
        while (Count > 0 && !deadline.IsCancellationRequested)
        {
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _allGone, gone);
            if (Count > 0)
                await gone.Task.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// What routes allow from now on, by the route's identity, for open connections, too. One whose route is gone keeps what it had.
    /// </summary>
    internal void Follow(FrozenDictionary<Guid, WebSocketPolicy> policies)
    {
        _policies = policies;
        foreach (var (_, connection) in _open)
            Follow(connection);
    }

    /// <summary>Adds a connection and numbers it.</summary>
    internal void Add(LiveConnection connection)
    {
        connection.Id = Interlocked.Increment(ref _lastId);
        _open[connection.Id] = connection;
        Interlocked.Increment(ref _count);

        // After the entry is visible, so that EndAllAsync and Follow see it, or these lines see what they have set.
        Follow(connection);
        if (_shutdown is { } order)
            connection.RequestEnd(order);
    }

    /// <summary>Removes a connection that is over, and remembers how it ended when it was one.</summary>
    internal void Remove(LiveConnection connection, bool opened)
    {
        if (!_open.TryRemove(connection.Id, out _))
            return;
        connection.Over();
        if (opened)
            Closed.Add(connection);
        if (Interlocked.Decrement(ref _count) == 0)
            Volatile.Read(ref _allGone)?.TrySetResult();
    }

    /// <summary>
    /// Ends what has been idle or open for too long, lets pings be sent, and adds to the traffic counters what passed since the last call.
    /// One walk for all connections; called once a second.
    /// </summary>
    internal void Sweep()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_sweptAt, now).TotalSeconds;
        _sweptAt = now;
        foreach (var (_, connection) in _open)
        {
            connection.Rates = connection.Tally.Take(connection, seconds);
            var policy = connection.Policy;
            if (policy.IdleTimeout > TimeSpan.Zero && connection.IdleFor >= policy.IdleTimeout)
                connection.RequestEnd(_idle);
            else if (connection.IsTooOld)
                connection.RequestEnd(_tooOld);
            else
                connection.PingIfDue();
        }
    }

    private void Follow(LiveConnection connection)
    {
        if (_policies.TryGetValue(connection.RouteId, out var policy))
            connection.Policy = policy;
    }
}

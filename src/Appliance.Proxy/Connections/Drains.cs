using System.Collections.Concurrent;
using System.Collections.Immutable;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Connections;

/// <summary>The kinds of things that can be drained.</summary>
public enum DrainKind
{
    /// <summary>One server of a pool: it gets no new requests and no new WebSockets.</summary>
    Server,

    /// <summary>A pool: no new WebSockets go to it; requests do.</summary>
    Pool,

    /// <summary>A route: it takes no new WebSockets; requests go on.</summary>
    Route,
}

/// <summary>One server, pool or route by identity, so that a rename changes nothing.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Id">The route's or the pool's identity.</param>
/// <param name="Server">The server's address as configured; empty for a pool or a route.</param>
public readonly record struct DrainTarget(DrainKind Kind, Guid Id, string Server = "")
{
    /// <summary>Whether this connection belongs to it.</summary>
    public bool Has(LiveConnection connection) =>
        Kind switch
        {
            DrainKind.Route => connection.RouteId == Id,
            DrainKind.Pool => connection.PoolId == Id,
            _ => connection.PoolId == Id && connection.ServerAddress.Equals(Server, StringComparison.OrdinalIgnoreCase),
        };
}

/// <summary>An order to drain a route, a pool or a server.</summary>
public sealed record DrainOrder
{
    /// <summary>The route, pool or server to drain.</summary>
    public required DrainTarget Target { get; init; }

    /// <summary>Its name for people: <c>route chat</c>, <c>server http://10.0.0.1:80 of pool chat</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What open WebSockets are told when they are asked to leave; null: they stay.</summary>
    public CloseOrder? Leave { get; init; }

    /// <summary>Over how long the asking is spread, at random. 0 (default): all immediately. At most a day.</summary>
    public TimeSpan Window { get; init; }

    /// <summary>The name of the person who wants it.</summary>
    public required string By { get; init; }
}

/// <summary>A drain as of now.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Started">When, UTC.</param>
/// <param name="AtStart">WebSockets that were open then.</param>
/// <param name="Remaining">WebSockets that are open now.</param>
/// <param name="TimeLeft">Until everybody has been asked to leave; zero after that, and when nobody is asked.</param>
public sealed record DrainStatus(DrainOrder Order, DateTimeOffset Started, int AtStart, int Remaining, TimeSpan TimeLeft)
{
    /// <summary>True when nothing is open any more.</summary>
    public bool IsEmpty => Remaining == 0;
}

/// <summary>
/// What takes nothing new, until it is resumed. Keyed by identity and outliving snapshots: no edit of the config ends a drain, unless it
/// deletes what is drained: then the drain goes with the last connection. It ends with the process: what stays out for good is switched off
/// in the config.
/// </summary>
public sealed class Drains(ConnectionRegistry registry, UpstreamRegistry upstreams, TimeProvider time, ILogger<Drains> log)
    : IAsyncDisposable
{
    // Drains that ask connections to leave.
    private readonly Errands _asking = new(log);

    private readonly ConcurrentDictionary<DrainTarget, Drain> _drains = new();

    // Who begins and ends drains: what a server is told and what stands here must not part.
    private readonly Lock _lock = new();

    /// <summary>Everything that is being drained, the oldest first.</summary>
    public IReadOnlyList<DrainStatus> List() => List(registry.List);

    /// <summary>
    /// The same, counted among <paramref name="connections"/>, which is not called while nothing is drained: for who has a list already.
    /// </summary>
    public IReadOnlyList<DrainStatus> List(Func<IReadOnlyList<LiveConnection>> connections)
    {
        if (_drains.IsEmpty)
            return [];
        var open = connections();
        return
        [
            .. _drains
                .Values.OrderBy(drain => drain.Started)
                .Select(drain => drain.StatusOf(open.Count(drain.Order.Target.Has), time.GetUtcNow())),
        ];
    }

    /// <summary>One of them as of now, or null.</summary>
    public DrainStatus? Find(DrainTarget target) => List().FirstOrDefault(drain => drain.Order.Target == target);

    /// <summary>Begins, or begins again with other wishes.</summary>
    public DrainStatus Start(DrainOrder order)
    {
        // 1. Nothing new from here on.
        var target = order.Target;
        List<LiveConnection> open;
        Drain drain;
        lock (_lock)
        {
            if (target.Kind == DrainKind.Server)
                upstreams.SetDraining(target.Id, target.Server, true);
            open = [.. registry.List().Where(target.Has)];
            drain = new Drain(order, time.GetUtcNow(), open.Count);
            if (_drains.TryGetValue(target, out var before))
                before.Dispose();
            _drains[target] = drain;
        }

        if (order.Leave is { } asked)
            log.AskedToLeave(order.Name, order.By, open.Count, asked.Code, order.Window);
        else
            log.DrainStarted(order.Name, order.By, open.Count);

        // 2. Those that are there.
        if (order.Leave is { } leave)
            _asking.Run($"The drain of {order.Name}", stop => AskAsync(drain, open, leave, stop));
        return drain.StatusOf(open.Count, time.GetUtcNow());
    }

    /// <summary>Takes new ones again; who was asked to leave stays asked. False when it was not being drained.</summary>
    public bool Cancel(DrainTarget target)
    {
        Drain? drain;
        lock (_lock)
        {
            if (!_drains.TryRemove(target, out drain))
                return false;
            if (target.Kind == DrainKind.Server)
                upstreams.SetDraining(target.Id, target.Server, false);
            drain.Dispose();
        }

        log.DrainEnded(drain.Order.Name);
        return true;
    }

    /// <summary>Nobody is asked to leave any more. Drains stay, so that nothing new is taken until the end.</summary>
    public ValueTask DisposeAsync() => _asking.DisposeAsync();

    /// <summary>A config is live: what it has no more keeps its drain only as long as it has connections.</summary>
    internal void Follow(ImmutableArray<Route> routes, ImmutableArray<UpstreamPool> pools)
    {
        foreach (var (target, drain) in _drains)
            drain.IsOrphan = !Exists(target, routes, pools);
        Sweep();
    }

    /// <summary>Ends the drains of what is deleted and carries nothing any more. Called once a second.</summary>
    internal void Sweep()
    {
        foreach (var (target, drain) in _drains)
        {
            if (drain.IsOrphan && !registry.List().Any(target.Has))
                Cancel(target);
        }
    }

    private static bool Exists(DrainTarget target, ImmutableArray<Route> routes, ImmutableArray<UpstreamPool> pools) =>
        target.Kind switch
        {
            DrainKind.Route => routes.Any(route => route.Id == target.Id),
            DrainKind.Pool => pools.Any(pool => pool.Id == target.Id),
            _ => pools.Any(pool =>
                pool.Id == target.Id && pool.Servers.Any(server => server.Address.Equals(target.Server, StringComparison.OrdinalIgnoreCase))
            ),
        };

    /// <summary>True when a new WebSocket may not go this way.</summary>
    internal bool Refuses(Guid route, Guid pool) =>
        !_drains.IsEmpty
        && (_drains.ContainsKey(new DrainTarget(DrainKind.Route, route)) || _drains.ContainsKey(new DrainTarget(DrainKind.Pool, pool)));

    /// <summary>
    /// A connection has opened and is listed: its handshake may have been under way when a drain began, and longer than that asked others
    /// to leave.
    /// </summary>
    internal void Opened(LiveConnection connection)
    {
        foreach (var (target, drain) in _drains)
        {
            if (drain is { HasAskedAll: true, Order.Leave: { } leave } && target.Has(connection))
                connection.RequestEnd(leave);
        }
    }

    private async Task AskAsync(Drain drain, List<LiveConnection> open, CloseOrder leave, CancellationToken stop)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(drain.Cancelled, stop);
        await Departure.RunAsync(open, leave, drain.Order.Window, time, ends.Token);

        // A handshake that was under way when the drain began. Said before the list is read: who opens later reads it.
        if (ends.IsCancellationRequested)
            return;
        drain.HasAskedAll = true;
        foreach (var late in registry.List().Where(drain.Order.Target.Has))
            late.RequestEnd(leave);
    }

    private sealed class Drain : IDisposable
    {
        private readonly CancellationTokenSource _cancelled = new();
        private readonly int _atStart;
        private volatile bool _hasAskedAll;
        private volatile bool _isOrphan;

        public Drain(DrainOrder order, DateTimeOffset started, int atStart)
        {
            (Order, Started, _atStart) = (order, started, atStart);
            Cancelled = _cancelled.Token;
        }

        public DrainOrder Order { get; }

        public DateTimeOffset Started { get; }

        public CancellationToken Cancelled { get; }

        /// <summary>True when the config has it no more.</summary>
        public bool IsOrphan
        {
            get => _isOrphan;
            set => _isOrphan = value;
        }

        public bool HasAskedAll
        {
            get => _hasAskedAll;
            set => _hasAskedAll = value;
        }

        public void Dispose()
        {
            _cancelled.Cancel();
            _cancelled.Dispose();
        }

        public DrainStatus StatusOf(int remaining, DateTimeOffset now)
        {
            var left = Order.Leave is null ? TimeSpan.Zero : Started + Order.Window - now;
            return new DrainStatus(Order, Started, _atStart, remaining, left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }
}

/// <summary>What drains log; event ids 1200 to 1299.</summary>
internal static partial class DrainsLog
{
    [LoggerMessage(1200, LogLevel.Information, "{By} drains {Name}: {Open} WebSockets open, which stay until they end")]
    public static partial void DrainStarted(this ILogger<Drains> log, string name, string by, int open);

    [LoggerMessage(
        1202,
        LogLevel.Information,
        "{By} drains {Name}: {Open} WebSockets open, asked to leave with code {Code} within {Window}"
    )]
    public static partial void AskedToLeave(this ILogger<Drains> log, string name, string by, int open, int code, TimeSpan window);

    [LoggerMessage(1201, LogLevel.Information, "The drain of {Name} is over: new WebSockets are taken again")]
    public static partial void DrainEnded(this ILogger<Drains> log, string name);
}

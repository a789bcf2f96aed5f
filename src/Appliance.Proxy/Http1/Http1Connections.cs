using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Upstreams;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Http1;

/// <summary>
/// Every connection over which plain HTTP goes to servers of HTTP/1.1: those in use, and those that are kept for the next request. Kept
/// ones belong to their server, whatever pool or revision asks, and to the event loop that watches them. One slow clock looks after all:
/// what stands still for too long is cut, what nobody needs is closed.
/// </summary>
internal sealed class Http1Connections : IDisposable
{
    /// <summary>How often the clock looks: a time-out may come so much later.</summary>
    public static readonly TimeSpan LooksEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>How many are kept for one server at most.</summary>
    private const int MostKept = 1024;

    private readonly Http1Dials _dials;
    private readonly MemoryBudget _budget;
    private readonly EpollLoops? _loops;
    private readonly TimeProvider _time;
    private readonly ITimer _clock;
    private readonly Lock _gate = new();
    private readonly List<Http1Connection> _all = [];
    private readonly ConcurrentDictionary<ServerState, KeptConnections> _kept = new(ReferenceEqualityComparer.Instance);
    private bool _isOver;

    /// <summary>Nothing is opened yet.</summary>
    /// <param name="dialer">How servers are reached.</param>
    /// <param name="loops">Event loops, where there are any.</param>
    /// <param name="time">The clock of every time-out.</param>
    /// <param name="log">Where it says that memory is short.</param>
    public Http1Connections(UpstreamDialer dialer, EpollLoops? loops, TimeProvider time, ILogger<Http1Connections> log)
    {
        _budget = new(
            "What servers answered and no client has taken yet",
            "answers are read in small pieces, and those with a long head are not taken",
            MemoryRoom.MostBytes / 8,
            time,
            log
        );
        _dials = new(dialer, loops, time);
        _loops = loops;
        _time = time;
        _clock = time.CreateTimer(_ => Look(), null, LooksEvery, LooksEvery);
    }

    /// <summary>How many are open, in use or kept.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
                return _all.Count;
        }
    }

    /// <summary>The timestamp after that time.</summary>
    public long Due(TimeSpan time) =>
        _time.GetTimestamp() + (long)Math.Min(time.TotalSeconds * _time.TimestampFrequency, long.MaxValue / 4);

    /// <summary>A kept connection to the server that can be used now, or null.</summary>
    /// <param name="server">The server.</param>
    /// <param name="pool">Says how long one is kept, and how old it may be.</param>
    /// <param name="loop">The loop on which it is wanted.</param>
    public Http1Connection? TakeKept(ServerState server, UpstreamPool pool, EpollLoop? loop)
    {
        if (!_kept.TryGetValue(server, out var kept))
            return null;
        var now = _time.GetTimestamp();
        while (kept.Take(loop) is { } connection)
        {
            if (MayBeUsed(connection, pool, now) && connection.Wire.IsQuiet())
                return connection;
            connection.Dispose();
        }

        return null;
    }

    /// <summary>Opens one to an <c>http://</c> server. Throws as <see cref="UpstreamDialer"/> does.</summary>
    public async ValueTask<Http1Connection> DialAsync(
        ServerState server,
        TimeSpan atMost,
        EpollLoop? loop,
        CancellationToken cancellationToken
    )
    {
        MakePlace();
        return Listed(await _dials.OpenAsync(server, atMost, loop, cancellationToken), server, tls: null);
    }

    /// <summary>
    /// Opens one to an <c>https://</c> server, which may choose HTTP/2 instead: null then, and <see cref="ServerProtocol"/> has the
    /// connection, if one was opened. Throws as <see cref="UpstreamDialer"/> does.
    /// </summary>
    public async ValueTask<Http1Connection?> DialSecureAsync(
        ServerState server,
        ServerTrust trust,
        TimeSpan atMost,
        EpollLoop? loop,
        CancellationToken cancellationToken
    )
    {
        MakePlace();
        var wire = await _dials.OpenSecureAsync(server, trust, atMost, loop, cancellationToken);
        return wire is null ? null : Listed(wire, server, trust.Settings);
    }

    /// <summary>Keeps a connection for the next request, or closes it when it may not be.</summary>
    public void Keep(Http1Connection connection, UpstreamPool pool)
    {
        connection.Return();
        connection.IdleSince = _time.GetTimestamp();
        if (!_isOver && MayBeUsed(connection, pool, connection.IdleSince))
        {
            while (true)
            {
                var kept = _kept.GetOrAdd(connection.Server, static _ => new(MostKept));
                if (kept.TryKeep(connection, pool) is not { } isKept)
                    continue; // it has just been taken out of the table
                if (isKept)
                    return;
                break;
            }
        }

        connection.Dispose();
    }

    /// <summary>Closes every connection that is only kept.</summary>
    public void CloseKept()
    {
        foreach (var kept in _kept.Values)
        {
            foreach (var connection in kept.TakeOld(static _ => true))
                connection.Dispose();
        }
    }

    /// <summary>It is closed.</summary>
    public void Forget(Http1Connection connection)
    {
        lock (_gate)
        {
            var place = connection.Place;
            if (place < 0)
                return;
            _all[place] = _all[^1];
            _all[place].Place = place;
            _all.RemoveAt(_all.Count - 1);
            connection.Place = -1;
        }
    }

    /// <summary>A buffer of at least so many bytes; null when all connections together have as much as they may.</summary>
    public byte[]? TryRent(int bytes)
    {
        // The pool's arrays are powers of two. What every connection may have is not counted.
        var cost = (long)BitOperations.RoundUpToPowerOf2((uint)bytes);
        if (cost > Http1Connection.FirstBytes && !_budget.TryTake(cost))
            return null;
        return ArrayPool<byte>.Shared.Rent(bytes);
    }

    /// <summary>Gives one back.</summary>
    public void Give(byte[] buffer)
    {
        if (buffer.Length > Http1Connection.FirstBytes)
            _budget.Give(buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Closes all of them.</summary>
    public void Dispose()
    {
        Http1Connection[] all;
        lock (_gate)
        {
            _isOver = true;
            all = [.. _all];
        }

        _clock.Dispose();
        CloseKept();
        foreach (var connection in all)
            connection.Cut(CutCause.Done);
    }

    // Every open file counts once there are few: what is only kept gives way.
    private void MakePlace()
    {
        if (_loops is { IsFull: true })
            CloseKept();
    }

    private Http1Connection Listed(Wire wire, ServerState server, UpstreamTls? tls)
    {
        var connection = new Http1Connection(wire, server, this, _time.GetTimestamp(), tls);
        lock (_gate)
        {
            if (!_isOver)
            {
                connection.Place = _all.Count;
                _all.Add(connection);
            }
        }

        if (connection.Place >= 0)
            return connection;
        connection.Dispose();
        throw new UpstreamConnectException("The proxy is stopping.", TryEnd.LocalWant);
    }

    private bool MayBeUsed(Http1Connection connection, UpstreamPool pool, long now) =>
        connection.CutBy == CutCause.None
        && connection.Server.IsConfigured
        && (connection.Tls is null || connection.Tls == pool.Tls)
        && !connection.HasUnread
        && (pool.KeepAliveTime <= TimeSpan.Zero || _time.GetElapsedTime(connection.BornAt, now) < pool.KeepAliveTime)
        && _time.GetElapsedTime(connection.IdleSince, now) < pool.KeepAliveTimeout;

    private void Look()
    {
        var now = _time.GetTimestamp();
        Http1Connection[] all;
        lock (_gate)
        {
            if (_all.Count == 0)
                return;
            all = ArrayPool<Http1Connection>.Shared.Rent(_all.Count);
            _all.CopyTo(all);
        }

        try
        {
            foreach (var connection in all)
            {
                if (connection is null)
                    break;
                connection.Look(now);
            }

            foreach (var (server, kept) in _kept)
            {
                foreach (
                    var old in kept.TakeOld(connection =>
                        kept.Pool is not { } pool || !MayBeUsed(connection, pool, now) || !connection.Wire.IsQuiet()
                    )
                )
                    old.Dispose();
                if (kept.Retire())
                    _kept.TryRemove(new(server, kept));
            }
        }
        finally
        {
            ArrayPool<Http1Connection>.Shared.Return(all, clearArray: true);
        }
    }
}

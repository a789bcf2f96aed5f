using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// A pool ready for choosing, with nginx's algorithms (ngx_http_upstream_round_robin and its siblings). Immutable but for the states it
/// points to. Hot path: one short lock a choice, one small object.
/// </summary>
public sealed class CompiledPool
{
    private const int HashTries = 20;

    private readonly ServerState[] _servers;
    private readonly PoolState _state;
    private readonly TimeProvider _time;
    private readonly int _totalWeight;

    internal CompiledPool(UpstreamPool pool, ServerState[] servers, PoolState state, PoolTraffic traffic, TimeProvider time)
    {
        Pool = pool;
        _servers = servers;
        _state = state;
        _time = time;
        Traffic = traffic;
        Trust = ServerTrust.Of(pool.Tls);
        _totalWeight = pool.Servers.Where(server => !server.Backup).Sum(server => server.Weight);
    }

    /// <summary>What it was made from.</summary>
    public UpstreamPool Pool { get; }

    /// <summary>Its servers, in config order.</summary>
    public IReadOnlyList<ServerState> Servers => _servers;

    /// <summary>What its https servers must show.</summary>
    internal ServerTrust Trust { get; }

    /// <summary>Counters of the pool.</summary>
    public PoolTraffic Traffic { get; }

    /// <summary>
    /// The next server for this client, its active count already raised, or null when none is selectable (then failure marks are cleared,
    /// so that the next request asks again; nginx waits for fail_timeout). <paramref name="tried"/> keeps what this request has tried;
    /// start with default.
    /// </summary>
    public ServerLease? Choose(IPAddress? client, ref TriedServers tried)
    {
        lock (_state.Gate)
        {
            var now = _time.GetTimestamp();
            var chosen = Pool.Balancing switch
            {
                Balancing.LeastConn => LeastConn(now, backup: false, in tried),
                Balancing.IpHash => IpHash(now, client, in tried),
                Balancing.Random => AtRandom(now, in tried),
                _ => RoundRobin(now, backup: false, in tried),
            };
            if (chosen < 0)
                chosen =
                    Pool.Balancing == Balancing.LeastConn
                        ? LeastConn(now, backup: true, in tried)
                        : RoundRobin(now, backup: true, in tried);
            if (chosen < 0)
            {
                ForgiveAll();
                return null;
            }

            var server = _servers[chosen];
            if (Elapsed(server.CheckedAt, now) > Pool.Servers[chosen].FailTimeout)
                server.CheckedAt = now;
            tried.Add(chosen);
            server.Enter();
            return new(this, chosen);
        }
    }

    /// <summary>This very server, its active count already raised, or null when it may not be chosen now.</summary>
    internal ServerLease? Take(ServerState wanted, ref TriedServers tried)
    {
        lock (_state.Gate)
        {
            var index = Array.IndexOf(_servers, wanted);
            if (index < 0 || tried.Contains(index) || !Selectable(index, _time.GetTimestamp()))
                return null;
            tried.Add(index);
            wanted.Enter();
            return new(this, index);
        }
    }

    /// <summary>What kept it from being used, which was not its doing.</summary>
    internal void Noted(int index, string reason)
    {
        lock (_state.Gate)
        {
            _servers[index].LastError = reason;
            _servers[index].LastErrorAt = _time.GetUtcNow();
        }
    }

    internal void Failed(int index, string reason)
    {
        var config = Pool.Servers[index];
        var server = _servers[index];
        lock (_state.Gate)
        {
            server.LastError = reason;
            server.LastErrorAt = _time.GetUtcNow();
            server.FailuresSince = server.FailingSince is null ? 1 : server.FailuresSince + 1;
            server.FailingSince ??= server.LastErrorAt;

            // A pool of one has nobody else to ask (nginx ignores max_fails there).
            if (_servers.Length == 1 || config.MaxFails == 0)
                return;
            server.Fails++;
            server.FailedAt = server.CheckedAt = _time.GetTimestamp();
            server.EffectiveWeight = Math.Max(0, (server.EffectiveWeight ?? config.Weight) - (config.Weight / config.MaxFails));
        }
    }

    internal void Succeeded(int index)
    {
        var server = _servers[index];

        // Only a success that began after the last failure clears it; without a failure there is nothing to clear and no lock to take.
        if (server is { Fails: 0, FailingSince: null, HasAnswered: true })
            return;
        lock (_state.Gate)
        {
            server.HasAnswered = true;
            server.FailingSince = null;
            if (server.FailedAt < server.CheckedAt)
                server.Fails = 0;
        }
    }

    /// <summary>True when nothing is chosen because every server that is not down is being drained.</summary>
    public bool IsDrained
    {
        get
        {
            var draining = false;
            for (var index = 0; index < _servers.Length; index++)
            {
                if (!Pool.Servers[index].Down && !_servers[index].IsDraining)
                    return false;
                draining |= _servers[index].IsDraining;
            }

            return draining;
        }
    }

    /// <summary>How a server is doing now.</summary>
    public ServerCondition ConditionOf(int index)
    {
        var config = Pool.Servers[index];
        if (config.Down)
            return ServerCondition.Down;
        if (_servers[index].IsDraining)
            return ServerCondition.Draining;
        lock (_state.Gate)
        {
            if (Selectable(index, _time.GetTimestamp()))
                return ConditionInUse(_servers[index], config);
        }

        return config.MaxConns > 0 && _servers[index].Active >= config.MaxConns ? ServerCondition.Full : ServerCondition.Failing;
    }

    // That it may be chosen says nothing of how it is: the only server of a pool and one without maxFails are never taken out, and when all
    // are out, all are asked again.
    private ServerCondition ConditionInUse(ServerState server, UpstreamServer config)
    {
        if (server.FailingSince is null)
            return server.HasAnswered ? ServerCondition.Up : ServerCondition.Untried;
        if (_servers.Length == 1 || config.MaxFails == 0 || server.Fails == 0)
            return ServerCondition.Failing;
        if (server.Fails >= config.MaxFails)
            return ServerCondition.Trial;
        return server.HasAnswered ? ServerCondition.Up : ServerCondition.Failing;
    }

    private bool Selectable(int index, long now)
    {
        var config = Pool.Servers[index];
        var server = _servers[index];
        if (config.Down || server.IsDraining || (config.MaxConns > 0 && server.Active >= config.MaxConns))
            return false;
        return _servers.Length == 1
            || config.MaxFails == 0
            || server.Fails < config.MaxFails
            || Elapsed(server.CheckedAt, now) > config.FailTimeout;
    }

    private bool MayTake(int index, long now, bool backup, in TriedServers tried) =>
        Pool.Servers[index].Backup == backup && !tried.Contains(index) && Selectable(index, now);

    // Smooth weighted round robin: raise everyone by their weight, take the highest, lower it by the sum. 5,1,1 gives a a b a c a a.
    private int RoundRobin(long now, bool backup, in TriedServers tried, int[]? among = null)
    {
        var best = -1;
        var total = 0;
        for (var index = 0; index < _servers.Length; index++)
        {
            if (!MayTake(index, now, backup, in tried) || (among is not null && Array.IndexOf(among, index) < 0))
                continue;
            var server = _servers[index];
            var weight = Pool.Servers[index].Weight;
            var effective = server.EffectiveWeight ?? weight;
            server.CurrentWeight += effective;
            total += effective;
            if (effective < weight)
                server.EffectiveWeight = effective + 1;
            if (best < 0 || server.CurrentWeight > _servers[best].CurrentWeight)
                best = index;
        }

        if (best >= 0)
            _servers[best].CurrentWeight -= total;
        return best;
    }

    // Fewest active for its weight; among equals, round robin.
    private int LeastConn(long now, bool backup, in TriedServers tried)
    {
        var best = -1;
        List<int>? ties = null;
        for (var index = 0; index < _servers.Length; index++)
        {
            if (!MayTake(index, now, backup, in tried))
                continue;
            var order =
                best < 0
                    ? -1
                    : ((long)_servers[index].Active * Pool.Servers[best].Weight).CompareTo(
                        (long)_servers[best].Active * Pool.Servers[index].Weight
                    );
            if (order < 0)
            {
                best = index;
                ties = null;
            }
            else if (order == 0)
            {
                (ties ??= [best]).Add(index);
            }
        }

        return ties is null ? best : RoundRobin(now, backup, in tried, [.. ties]);
    }

    // ngx_http_upstream_ip_hash_module: a server that is down keeps its share of the hash, so that the others keep their clients.
    private int IpHash(long now, IPAddress? client, in TriedServers tried)
    {
        if (client is null || _totalWeight == 0)
            return RoundRobin(now, backup: false, in tried);
        Span<byte> bytes = stackalloc byte[16];
        client.TryWriteBytes(bytes, out var length);
        var key = bytes[..(client.AddressFamily == AddressFamily.InterNetwork ? 3 : length)];
        var hash = 89u;
        for (var attempt = 0; attempt <= HashTries; attempt++)
        {
            foreach (var part in key)
                hash = ((hash * 113) + part) % 6271;
            var weight = (int)(hash % (uint)_totalWeight);
            var index = 0;
            while (index < _servers.Length && (Pool.Servers[index].Backup || (weight -= Pool.Servers[index].Weight) >= 0))
                index++;
            if (index < _servers.Length && MayTake(index, now, backup: false, in tried))
                return index;
        }

        return RoundRobin(now, backup: false, in tried);
    }

    private int AtRandom(long now, in TriedServers tried)
    {
        var total = 0;
        for (var index = 0; index < _servers.Length; index++)
        {
            if (MayTake(index, now, backup: false, in tried))
                total += Pool.Servers[index].Weight;
        }

        if (total == 0)
            return -1;
        var point = _state.Next(total);
        for (var index = 0; index < _servers.Length; index++)
        {
            if (MayTake(index, now, backup: false, in tried) && (point -= Pool.Servers[index].Weight) < 0)
                return index;
        }

        return -1;
    }

    private void ForgiveAll()
    {
        foreach (var server in _servers)
            server.Fails = 0;
    }

    private TimeSpan Elapsed(long since, long now) => _time.GetElapsedTime(since, now);
}

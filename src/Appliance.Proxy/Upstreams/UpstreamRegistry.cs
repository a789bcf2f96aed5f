using System.Net;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// The state of every server (active counts, failure marks, round robin position) by pool identity and address. Outlives snapshots, so that an edit
/// neither forgets an open WebSocket nor forgives a dead server.
/// </summary>
public sealed class UpstreamRegistry(TrafficRegistry traffic, TimeProvider time)
{
    /// <summary>The traffic counters that servers count into.</summary>
    public TrafficRegistry Traffic { get; } = traffic;

    /// <summary>The clock for failure windows.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>A pool ready for choosing, bound to the states that already exist for its servers.</summary>
    public CompiledPool Bind(UpstreamPool pool) => throw new NotImplementedException();

    /// <summary>Forgets the states of servers that no bound pool has and that carry nothing.</summary>
    public void Sweep(IReadOnlyCollection<CompiledPool> inUse) => throw new NotImplementedException();
}

/// <summary>A pool ready for choosing. Immutable but for the states it points to.</summary>
public sealed class CompiledPool
{
    /// <summary>What it was made from.</summary>
    public UpstreamPool Pool => throw new NotImplementedException();

    /// <summary>Its servers, in config order.</summary>
    public IReadOnlyList<ServerState> Servers => throw new NotImplementedException();

    /// <summary>Counters of the pool.</summary>
    public PoolTraffic Traffic => throw new NotImplementedException();

    /// <summary>
    /// The next server for this client, its active count already raised, or null when none is selectable (then failure marks are cleared, as nginx does).
    /// <paramref name="tried"/> keeps what this request has tried; start with default.
    /// </summary>
    public ServerLease? Choose(IPAddress? client, ref TriedServers tried) => throw new NotImplementedException();
}

/// <summary>Which servers a request has tried: one bit each, by index.</summary>
public struct TriedServers;

/// <summary>One server of a pool across snapshots.</summary>
public sealed class ServerState
{
    /// <summary>As configured: <c>http://10.0.0.1:80</c>.</summary>
    public string Address => throw new NotImplementedException();

    /// <summary>Parsed, with scheme http or https (h2c is http with <see cref="IsHttp2"/>).</summary>
    public Uri Uri => throw new NotImplementedException();

    /// <summary>True for h2c.</summary>
    public bool IsHttp2 => throw new NotImplementedException();

    /// <summary>Requests and WebSockets it carries now.</summary>
    public int Active => throw new NotImplementedException();

    /// <summary>Its counters.</summary>
    public ServerTraffic Traffic => throw new NotImplementedException();
}

/// <summary>The right to use a server once. Dispose when the request or the WebSocket is over; exactly one of Succeeded and Failed before.</summary>
public sealed class ServerLease : IDisposable
{
    /// <summary>The server.</summary>
    public ServerState Server => throw new NotImplementedException();

    /// <summary>It answered.</summary>
    public void Succeeded() => throw new NotImplementedException();

    /// <summary>It did not; <paramref name="reason"/> is kept as its last error.</summary>
    public void Failed(string reason) => throw new NotImplementedException();

    /// <summary>Lowers the active count, once.</summary>
    public void Dispose() => throw new NotImplementedException();
}

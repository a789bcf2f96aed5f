using System.Collections.Immutable;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Upstreams;

/// <summary>A group of servers that share the work (nginx: upstream).</summary>
public sealed record UpstreamPool : ConfigItem
{
    /// <summary>How a server is chosen. Default round_robin.</summary>
    public Balancing Balancing { get; init; } = Balancing.RoundRobin;

    /// <summary>The servers, at least one.</summary>
    public ImmutableArray<UpstreamServer> Servers { get; init; } = [];

    /// <summary>
    /// How long a connection that nobody uses is kept for the next request (nginx: keepalive_timeout). 0: none is kept. Default 60s. What a
    /// person has signed in on (NTLM) ends so, too.
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How old a connection may be that gets another request (nginx: keepalive_time, there 1h). An address that changed behind a name is
    /// followed after that time. 0: without limit. Default 5m.
    /// </summary>
    public TimeSpan KeepAliveTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>TLS to its https servers. Default: verified by the authorities that this machine trusts.</summary>
    public UpstreamTls Tls { get; init; } = new();
}

/// <summary>How a pool chooses a server (ngx_http_upstream_module).</summary>
public enum Balancing
{
    /// <summary>Smooth weighted round robin.</summary>
    RoundRobin,

    /// <summary>Fewest active requests and open WebSockets relative to weight; ties by weighted round robin.</summary>
    LeastConn,

    /// <summary>By the first three octets of an IPv4 client address, or the whole IPv6 one.</summary>
    IpHash,

    /// <summary>At random, by weight.</summary>
    Random,
}

/// <summary>One address in a pool (nginx: server inside upstream).</summary>
public sealed record UpstreamServer
{
    /// <summary>
    /// <c>http://host:port</c>, <c>https://host:port</c> or <c>h2c://host:port</c> (HTTP/2 without TLS). No path. Unique in its pool.
    /// </summary>
    public required string Address { get; init; }

    /// <summary>Share of the work, 1 to 65535. Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Used only while no other server is available. Default false. Not with ip_hash and random.</summary>
    public bool Backup { get; init; }

    /// <summary>Never chosen. Default false.</summary>
    public bool Down { get; init; }

    /// <summary>
    /// Failures within <see cref="FailTimeout"/> that take it out of service. 0: never. Default 1. Ignored in a pool of one.
    /// </summary>
    public int MaxFails { get; init; } = 1;

    /// <summary>The window in which failures count, and how long the server then stays out. Default 10s.</summary>
    public TimeSpan FailTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most requests and WebSockets at the same time. 0 (default): no limit.</summary>
    public int MaxConns { get; init; }
}

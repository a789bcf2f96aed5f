using Appliance.Proxy.Dialing;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// One server of a pool across snapshots: what it carries and how it behaves must survive an edit. Guarded by its pool's lock, but for the
/// active count.
/// </summary>
public sealed class ServerState
{
    private int _active;
    private bool _draining;
    private bool _configured = true;

    internal ServerState(string address)
    {
        Address = address;
        IsHttp2 = address.StartsWith("h2c://", StringComparison.OrdinalIgnoreCase);
        Uri = new(IsHttp2 ? "http://" + address["h2c://".Length..] : address);
        Origin = Uri.GetLeftPart(UriPartial.Authority);
        HostAndPort = $"{Uri.Host}:{Uri.Port}";
    }

    /// <summary>The address as configured: <c>http://10.0.0.1:80</c>.</summary>
    public string Address { get; }

    /// <summary>Parsed, with scheme http or https (h2c is http with <see cref="IsHttp2"/>).</summary>
    public Uri Uri { get; }

    /// <summary>Scheme, host and port without a path, ready to put a request target behind.</summary>
    public string Origin { get; }

    /// <summary>Host and port, as in nginx's <c>$upstream_addr</c>.</summary>
    public string HostAndPort { get; }

    /// <summary>True for h2c: HTTP/2 without TLS.</summary>
    public bool IsHttp2 { get; }

    /// <summary>Requests and WebSockets it carries now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>True while it is being drained: it is given nothing new.</summary>
    public bool IsDraining
    {
        get => Volatile.Read(ref _draining);
        internal set => Volatile.Write(ref _draining, value);
    }

    /// <summary>False once no pool of the running config has it. No connection to it is kept then.</summary>
    internal bool IsConfigured
    {
        get => Volatile.Read(ref _configured);
        set => Volatile.Write(ref _configured, value);
    }

    /// <summary>Which HTTP it chooses, when it is an https server.</summary>
    internal ServerProtocol Protocol { get; } = new();

    /// <summary>The counters of the server.</summary>
    public ServerTraffic Traffic { get; } = new();

    /// <summary>Why it failed last, a sentence, or null.</summary>
    public string? LastError { get; internal set; }

    /// <summary>When it failed last.</summary>
    public DateTimeOffset? LastErrorAt { get; internal set; }

    /// <summary>True when it has answered at least once.</summary>
    internal bool HasAnswered { get; set; }

    /// <summary>
    /// When the first of the failures was that no answer has followed; null: what it was asked last, it answered, or it was never asked.
    /// </summary>
    internal DateTimeOffset? FailingSince { get; set; }

    /// <summary>How often it failed since <see cref="FailingSince"/>.</summary>
    internal int FailuresSince { get; set; }

    /// <summary>Failures in the current window (nginx: fails).</summary>
    internal int Fails { get; set; }

    /// <summary>Timestamp of the last failure (nginx: accessed).</summary>
    internal long FailedAt { get; set; }

    /// <summary>Timestamp of the beginning of the window (nginx: checked).</summary>
    internal long CheckedAt { get; set; }

    /// <summary>Smooth weighted round robin's running weight.</summary>
    internal int CurrentWeight { get; set; }

    /// <summary>The weight after failures; recovers by one a choice. Null: the configured one.</summary>
    internal int? EffectiveWeight { get; set; }

    internal void Enter() => Interlocked.Increment(ref _active);

    internal void Leave() => Interlocked.Decrement(ref _active);
}

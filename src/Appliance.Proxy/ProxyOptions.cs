using System.Collections.Immutable;
using System.Net;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy;

/// <summary>The settings of a proxy host, which stay as they are until it stops.</summary>
public sealed record ProxyOptions
{
    /// <summary>The address to listen on. Default any.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Any;

    /// <summary>The port for HTTP and WebSocket clients; 0 takes a free one. Default 8080.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>The port for HTTPS clients; 0 takes a free one. Default null: none.</summary>
    public int? HttpsPort { get; init; }

    /// <summary>
    /// A folder with certificates, beside those that the product holds. Null: none. Without any, one is made, which clients do not trust.
    /// </summary>
    public string? Certificates { get; init; }

    /// <summary>
    /// Somebody beside the proxy shows its certificates, as the console does: having none is worth a line in the log. Default false.
    /// </summary>
    public bool CertificatesAreShown { get; init; }

    /// <summary>Peers whose X-Forwarded-* are believed. Default none.</summary>
    public ImmutableArray<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>
    /// Every connection begins with a header of the PROXY protocol, and comes from one of <see cref="TrustedProxies"/>. Default false.
    /// </summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>
    /// A path on both ports that says whether this proxy serves, as <c>/-/healthz</c>, before routes and hosts. Default null: none.
    /// </summary>
    public string? HealthPath { get; init; }

    /// <summary>
    /// Drop request headers with an underscore in the name (nginx: underscores_in_headers off). Default true: a CGI or WSGI server takes
    /// them for others.
    /// </summary>
    public bool DropUnderscoreHeaders { get; init; } = true;

    /// <summary>
    /// What the names of the console's cookies begin with: no server gets them, or sets them. Default null: there is no console.
    /// </summary>
    public string? ConsoleCookies { get; init; }

    /// <summary>Where the last config that was applied is kept, for a start while the store is away. Null: nowhere.</summary>
    public string? LastGoodFile { get; init; }

    /// <summary>What carries WebSockets. Default: our own event loop where it can.</summary>
    public RelayChoice Relay { get; init; }

    /// <summary>What carries plain HTTP. Default: our own forwarder where it can.</summary>
    public ForwarderChoice Forwarder { get; init; }

    /// <summary>Where a line of each request goes. The one who made it disposes of it, behind the host. Default null: nowhere.</summary>
    public AccessLog? AccessLog { get; init; }

    /// <summary>Networks in which no server may be, whatever the config says. Default none.</summary>
    public ImmutableArray<IPNetwork> DeniedUpstreams { get; init; } = [];

    /// <summary>How long a request body may take its time before its rate counts. 5 s; only tests choose another.</summary>
    internal TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What looks names up, on a thread of its own. Null: the machine's resolver; only tests choose another.</summary>
    internal Func<string, IPAddress[]>? LookUp { get; init; }

    /// <summary>Over how long WebSockets are asked to leave when the proxy stops. Default zero: all immediately.</summary>
    public TimeSpan DrainWindow { get; init; }
}

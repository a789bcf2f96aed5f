using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// Everything a proxying route needs at request time. Immutable but for YARP's model, which is set once before the snapshot is published.
/// </summary>
internal sealed class ForwardTarget(CompiledRoute route, RouteAction.Proxy action, CompiledPool pool)
{
    public CompiledRoute Route { get; } = route;

    public RouteAction.Proxy Action { get; } = action;

    public CompiledPool Pool { get; } = pool;

    /// <summary>YARP's view of the route: its transforms and its cluster's client. Null when YARP refused it.</summary>
    public RouteModel? Yarp { get; set; }

    /// <summary>Settings for HTTP/1.1 and https servers (which agree on HTTP/2 by ALPN).</summary>
    public ForwarderRequestConfig RequestConfig { get; } = new() { ActivityTimeout = action.ReadTimeout };

    /// <summary>Settings for h2c servers: HTTP/2 without asking, because nothing can be negotiated in clear text.</summary>
    public ForwarderRequestConfig Http2RequestConfig { get; } =
        new()
        {
            ActivityTimeout = action.ReadTimeout,
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
}

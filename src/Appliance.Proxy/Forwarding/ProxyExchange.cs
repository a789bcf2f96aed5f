using System.Diagnostics;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// One plain HTTP request on its way to a server: what the transforms need to know, and what they found out. A request feature.
/// </summary>
internal sealed class ProxyExchange(RequestFacts facts, CompiledRoute route, RouteAction.Proxy action, string upstreamTarget)
{
    private volatile string? _refusal;
    private bool _answered;
    private HttpMessageInvoker? _once;

    public RequestFacts Facts { get; } = facts;

    public CompiledRoute Route { get; } = route;

    public RouteAction.Proxy Action { get; } = action;

    /// <summary>The request target for the upstream, byte for byte.</summary>
    public string UpstreamTarget { get; } = upstreamTarget;

    /// <summary>When the request began, in <see cref="Stopwatch"/> ticks.</summary>
    public long Started { get; } = Stopwatch.GetTimestamp();

    /// <summary>The id of the pool.</summary>
    public Guid Pool { get; init; }

    /// <summary>The pool's settings, of the revision that the request began with.</summary>
    public required UpstreamPool Settings { get; init; }

    /// <summary>What the pool's https servers must show.</summary>
    public required ServerTrust Trust { get; init; }

    /// <summary>What the route does with the answer may take long: not on the thread of an event loop.</summary>
    public bool MayTakeLong { get; init; }

    /// <summary>How the try ended, when our own forwarder made it; null: YARP's reports it in its own way.</summary>
    public (TryEnd End, string Reason, Exception? Cause)? Ended { get; set; }

    /// <summary>The connections that belong to this client's connection.</summary>
    public OwnConnections? Own { get; init; }

    /// <summary>The request's body, when it has one.</summary>
    public ReplayableBody? Body { get; set; }

    /// <summary>The server that is tried now.</summary>
    public ServerState? Server { get; set; }

    /// <summary>The server's kept connection was closed: this try goes over a new one.</summary>
    public bool WantsNewConnection { get; set; }

    /// <summary>
    /// True when a connection was opened for this try. HttpClient may have taken another one for it all the same, and may open this one
    /// later: each try has its own.
    /// </summary>
    public StrongBox<bool>? HasOpened { get; set; }

    /// <summary>HttpClient takes this try over HTTP/2: an h2c server, or an https one that chose it before.</summary>
    public bool IsOverHttp2 { get; private set; }

    /// <summary>Set by the response transform when the answer must not reach the client: why.</summary>
    public string? BadAnswer { get; set; }

    /// <summary>
    /// Set by the answer's body: it has been read to its end. What goes wrong with the request behind that is nobody's failure.
    /// </summary>
    public bool AnswerIsWhole { get; set; }

    /// <summary>
    /// Set by the connection that was opened for this: the server refused it behind the handshake, and why. HttpClient may lose the
    /// exception that says so.
    /// </summary>
    public string? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    /// <summary>
    /// Set by the response transform: the server has answered with a head. No other server will be asked, so that the body need not be
    /// kept.
    /// </summary>
    public bool Answered
    {
        get => _answered;
        set
        {
            _answered = value;
            if (value)
                Body?.Forget();
        }
    }

    /// <summary>Set by the request transform: YARP's forwarder makes this try, over HttpClient.</summary>
    public bool IsByYarp { get; set; }

    /// <summary>Sets everything back before a try at this server.</summary>
    public void Begin(ServerState server, bool wantsNewConnection)
    {
        (Server, WantsNewConnection, Answered, AnswerIsWhole, BadAnswer, Refusal) = (server, wantsNewConnection, false, false, null, null);
        (Ended, HasOpened, IsByYarp) = (null, null, false);
        IsOverHttp2 = server.IsHttp2 || (Own?.ServerOf(Pool) is null && server.Protocol.Of(Trust.Settings) == true);
    }

    /// <summary>A client for this try alone.</summary>
    public HttpMessageInvoker Once(HttpMessageInvoker client) => _once = client;

    /// <summary>Disposes of the client of a try, after the try.</summary>
    public void End()
    {
        _once?.Dispose();
        _once = null;
    }
}

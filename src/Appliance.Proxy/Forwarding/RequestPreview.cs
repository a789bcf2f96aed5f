using System.Collections.Immutable;
using System.Net;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Edge;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSockets.Handshake;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// What would become of a request under a config that need not run: which route takes it, and the very lines a server would get. The same
/// table, templates, maps and rules as on the request path. Immutable.
/// </summary>
public sealed class RequestPreview
{
    private readonly Dictionary<Route, CompiledRoute> _routes;
    private readonly CompiledHeaderMaps _maps;
    private readonly RouteTable _table;
    private readonly TlsPolicyTable _policies;
    private readonly ProxyConfig _config;

    private RequestPreview(ProxyConfig config, RequestPreview? before)
    {
        _config = config;
        _maps = CompiledHeaderMaps.Compile(config.HeaderMaps, before?._maps ?? CompiledHeaderMaps.Empty, []);
        var keep = before is not null && _maps.Names.Maps.SetEquals(before._maps.Names.Maps) ? before._routes : [];
        _routes = new(config.Routes.Length, ReferenceEqualityComparer.Instance);
        foreach (var route in config.Routes)
            _routes[route] = keep.GetValueOrDefault(route) ?? CompiledRoute.Compile(route, _maps.Names);
        _table = RouteTable.Build([.. config.Routes.Select(route => _routes[route])]);
        _policies =
            before is not null
            && Enumerable.SequenceEqual(before._config.TlsPolicies, config.TlsPolicies, ReferenceEqualityComparer.Instance)
                ? before._policies
                : TlsPolicyTable.Build([.. config.TlsPolicies.Select(CompiledTlsPolicy.Compile)]);
    }

    /// <summary>Compiles; what did not change since <paramref name="before"/> keeps its compiled form.</summary>
    public static RequestPreview Compile(ProxyConfig config, RequestPreview? before) => new(config, before);

    /// <summary>True when the host is for https alone: a request by plain http gets no further than its TLS policy.</summary>
    public bool IsForHttps(string host) =>
        _policies.For(PolicyHost.Normalize(host)) is { } policy
        && (policy.Policy.ForceHttps || policy.Clients is { Verify: ClientVerify.On });

    /// <summary>Follows a request. Never throws for what somebody typed.</summary>
    public PreviewAnswer Follow(PreviewRequest request)
    {
        try
        {
            return Judged(request);
        }
        catch (RegexOutOfTimeException slow)
        {
            var route = _config.Routes.FirstOrDefault(candidate => slow.Routes.Contains(candidate.Id));
            return new(
                PreviewOutcome.Refused,
                route,
                null,
                [],
                [],
                $"500: the regex {slow.Pattern} ({slow.Place}) takes too long for this request."
            );
        }
    }

    private PreviewAnswer Judged(PreviewRequest request)
    {
        if (FactsOf(request) is not { } facts)
            return new(
                PreviewOutcome.Refused,
                null,
                null,
                [],
                [],
                request.Target.Contains(' ', StringComparison.Ordinal)
                    ? "400: a URL has no blanks; write a blank as %20."
                    : "400: the request target cannot be read."
            );
        if (request.Scheme == "http" && _policies.For(facts.Host) is { } policy && PolicyGate.OfPlain(policy, facts) is var (status, text))
            return new(
                status == StatusCodes.Status403Forbidden ? PreviewOutcome.Refused : PreviewOutcome.Answered,
                null,
                null,
                [],
                [],
                $"{status}{(status == StatusCodes.Status403Forbidden ? ":" : " to")} {text} (TLS policy {policy.Policy.Name})"
            );
        var match = _table.Find(facts);
        if (match.Outcome == RouteOutcome.NotFound || match.Route is not { } route)
            return new(PreviewOutcome.NotFound, null, null, [], [], "404: no route takes this request.");
        if (match.Outcome == RouteOutcome.MethodNotAllowed)
            return new(PreviewOutcome.Refused, route.Route, null, [], [], $"405: only {match.AllowedMethods} are accepted here.");
        if (match.Outcome == RouteOutcome.AddSlash)
            return new(
                PreviewOutcome.Answered,
                route.Route,
                null,
                [],
                [],
                $"301 to {route.SlashLocation(facts.Path)} (the location ends with a slash)."
            );
        if (route.Unavailable is { } unavailable)
            return new(PreviewOutcome.Refused, route.Route, null, [], [], "503: " + unavailable.Message) { Fault = route.Fault };
        var answer = Of(request, facts, route);
        return answer.Outcome == PreviewOutcome.Refused ? answer : answer with { ResponseLines = Answered(facts, route) };
    }

    private PreviewAnswer Of(PreviewRequest request, RequestFacts facts, CompiledRoute route)
    {
        switch (route.Route.Action)
        {
            case RouteAction.Redirect redirect:
                return new(
                    PreviewOutcome.Answered,
                    route.Route,
                    null,
                    [],
                    [],
                    $"{redirect.Status} to {HeaderText.Shown(HeaderText.OneLine(route.Text!.Render(facts)))}"
                ); // such a route has a text
            case RouteAction.Respond respond:
                return new(
                    PreviewOutcome.Answered,
                    route.Route,
                    null,
                    [],
                    [],
                    $"{respond.Status}: {HeaderText.Shown(route.Text!.Render(facts))}"
                ); // such a route has a text
            case RouteAction.Proxy
                when request.WebSocket && HandshakeAdmission.ByHeaders(route.Route.WebSocket, facts.Headers) is { } refusal:
                return new(PreviewOutcome.Refused, route.Route, null, [], [], Refused(refusal, facts));
            case RouteAction.Proxy proxy:
                return Forwarded(request, facts, route, proxy);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static string Refused(HandshakeRefusal refusal, RequestFacts facts)
    {
        var (status, _) = HandshakeAdmission.Answer(refusal);
        return refusal switch
        {
            HandshakeRefusal.NotAllowed => $"{status}: this route does not accept WebSockets.",
            HandshakeRefusal.Origin =>
                $"{status}: the route does not allow the origin {HeaderText.Shown(facts.Headers.Origin.ToString())}.",
            _ => $"{status}: the client offers none of the subprotocols that the route allows.",
        };
    }

    private PreviewAnswer Forwarded(PreviewRequest request, RequestFacts facts, CompiledRoute route, RouteAction.Proxy proxy)
    {
        facts.PoolName = proxy.Pool;
        var pool = _config.UpstreamPools.FirstOrDefault(candidate => candidate.Name == proxy.Pool);
        if (route.UpstreamTarget(facts) is not { } target)
            return new(
                PreviewOutcome.Refused,
                route.Route,
                null,
                [],
                [],
                "400: a server could read this target as one above the upstream path."
            );
        var lines = request.WebSocket ? Handshake(facts, route, proxy) : Plain(facts, route, proxy);
        return new(
            PreviewOutcome.Forwarded,
            route.Route,
            $"{facts.Method} {target} HTTP/1.1",
            [.. lines.All.Select(line => new PreviewLine(line.Name, HeaderText.Shown(line.Value)))],
            [.. pool?.Servers.Where(server => !server.Down).Select(server => server.Address) ?? []],
            pool is null ? $"Pool {proxy.Pool} does not exist: the client gets 503." : null
        );
    }

    // What the rules add. The server's own lines are not known here.
    private static ImmutableArray<PreviewLine> Answered(RequestFacts facts, CompiledRoute route)
    {
        var lines = new HeaderLines();
        route.ResponseHeaders.Apply(facts, lines);
        return [.. lines.All.Select(line => new PreviewLine(line.Name, HeaderText.Shown(line.Value)))];
    }

    private static HeaderLines Handshake(RequestFacts facts, CompiledRoute route, RouteAction.Proxy proxy)
    {
        var context = new DefaultHttpContext();
        foreach (var (name, value) in facts.Headers)
            context.Request.Headers[name] = value;
        return RequestHandshake.Lines(context, facts, route, proxy, new() { WriteForwardedHeaders = ForwardedHeaders.Apply }, []);
    }

    private static HeaderLines Plain(RequestFacts facts, CompiledRoute route, RouteAction.Proxy proxy)
    {
        var lines = new HeaderLines();
        foreach (var (name, values) in facts.Headers)
        {
            if (!HopByHop.Is(name) && facts.Nominated?.Contains(name) != true)
                lines.Append(name, facts.List(name));
        }

        if (proxy.ForwardedHeaders)
            ForwardedHeaders.Apply(facts, lines);
        route.RequestHeaders.Apply(facts, lines);
        return lines;
    }

    private RequestFacts? FactsOf(PreviewRequest request)
    {
        // As a browser sends what somebody typed.
        var target = RequestPath.Escaped(HeaderText.FromConfig(request.Target));
        if (RequestPath.TryParse(target) is not { } path || request.Target.AsSpan().ContainsAny(" \r\n"))
            return null;
        var host = Ascii.IsValid(request.Host) ? request.Host : HostPattern.Normalize(request.Host);
        var headers = new HeaderDictionary { ["Host"] = host };
        if (request.WebSocket)
        {
            headers["Connection"] = "Upgrade";
            headers["Upgrade"] = "websocket";
            headers["Sec-WebSocket-Version"] = "13";
            headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ==";
        }

        foreach (var (name, value) in request.Headers)
            headers.Append(name, HeaderText.FromConfig(value));
        return new()
        {
            Method = request.WebSocket ? "GET" : request.Method,
            RawTarget = target,
            Path = path,
            Protocol = "HTTP/1.1",
            Scheme = request.Scheme,
            Headers = headers,
            Host = FactsOfRequest.HostOf(target, host),
            PeerAddress = request.Client,
            PeerPort = PreviewRequest.ClientPort,
            ClientAddress = request.Client,
            ServerPort = request.Scheme == "https" ? 443 : 80,
            Started = request.At,
            Nominated = HopByHop.Nominated(headers["Connection"]),
            Maps = _maps,
        };
    }
}

/// <summary>A request that nobody sent.</summary>
public sealed record PreviewRequest
{
    /// <summary>The client's port in <c>$remote_port</c>.</summary>
    public const int ClientPort = 50000;

    /// <summary>The method; a WebSocket handshake is always GET.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The scheme: http (default) or https.</summary>
    public string Scheme { get; init; } = "http";

    /// <summary>The value of the Host header.</summary>
    public required string Host { get; init; }

    /// <summary>The request target: <c>/chat?room=1</c>.</summary>
    public required string Target { get; init; }

    /// <summary>A WebSocket handshake (RFC 6455, 4.1).</summary>
    public bool WebSocket { get; init; }

    /// <summary>The client. Default 192.0.2.10, an address for documentation (RFC 5737).</summary>
    public IPAddress Client { get; init; } = IPAddress.Parse("192.0.2.10");

    /// <summary>Headers besides Host and those of the handshake.</summary>
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>When the request begins; variables of time read it.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>The answer of a preview: what would happen to the request.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Route">The route that takes it, or null.</param>
/// <param name="RequestLine">First line for the server, when it is forwarded.</param>
/// <param name="Lines">Header lines for the server.</param>
/// <param name="Servers">The servers that may get it.</param>
/// <param name="Note">The answer, when it is not forwarded; or what is wrong.</param>
public sealed record PreviewAnswer(
    PreviewOutcome Outcome,
    Route? Route,
    string? RequestLine,
    ImmutableArray<PreviewLine> Lines,
    ImmutableArray<string> Servers,
    string? Note
)
{
    /// <summary>Header lines that the route's rules put into the answer.</summary>
    public ImmutableArray<PreviewLine> ResponseLines { get; init; } = [];

    /// <summary>What is wrong with the route itself, as a sentence; null: it can work.</summary>
    public string? Fault { get; init; }
}

/// <summary>One header line of a preview.</summary>
public sealed record PreviewLine(string Name, string Value);

/// <summary>The ways a request can go.</summary>
public enum PreviewOutcome
{
    /// <summary>The request goes to a server.</summary>
    Forwarded,

    /// <summary>Answered by the proxy as the route says.</summary>
    Answered,

    /// <summary>The request is refused with a status.</summary>
    Refused,

    /// <summary>No route matches: 404.</summary>
    NotFound,
}

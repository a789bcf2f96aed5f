using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Routing;

/// <summary>Which requests are meant, and what happens to them (nginx: a location inside its server).</summary>
public sealed record Route : ConfigItem
{
    /// <summary>A route that is off matches nothing, as if it were not there. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Host names (nginx: server_name): <c>example.com</c>, <c>*.example.com</c>, <c>example.*</c>, <c>.example.com</c>
    /// (the name and everything below it), <c>~regex</c>. Ignores case. Empty (default): every host that no other route names.
    /// </summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Compared with nginx's normalised path (percent-decoded, dots resolved, slashes merged). Default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>How <see cref="Path"/> is compared. Default prefix.</summary>
    public PathKind PathKind { get; init; } = PathKind.Prefix;

    /// <summary>Methods this route accepts; another one is 405, never a shorter location. Empty (default): all.</summary>
    public ImmutableArray<string> Methods { get; init; } = [];

    /// <summary>Conditions on request headers; all must hold, else the next route with the same host and path is tried, else 404.</summary>
    public ImmutableArray<ValueCondition> HeaderConditions { get; init; } = [];

    /// <summary>Conditions on query arguments; all must hold, else the next route with the same host and path is tried, else 404.</summary>
    public ImmutableArray<ValueCondition> QueryConditions { get; init; } = [];

    /// <summary>What happens to a request that matches.</summary>
    public required RouteAction Action { get; init; }

    /// <summary>Changes to the request before the upstream sees it, in order (nginx: proxy_set_header).</summary>
    public ImmutableArray<HeaderRule> RequestHeaders { get; init; } = [];

    /// <summary>
    /// Changes to the response before the client sees it, in order, on every status (nginx: add_header ... always, proxy_hide_header).
    /// </summary>
    public ImmutableArray<HeaderRule> ResponseHeaders { get; init; } = [];

    /// <summary>What WebSockets may do here.</summary>
    public WebSocketPolicy WebSocket { get; init; } = WebSocketPolicy.Default;

    /// <summary>
    /// Protocols besides WebSocket that clients may switch to (RFC 9110, 7.8), as they stand in <c>Upgrade</c>: <c>tcp</c>,
    /// <c>SPDY/3.1</c>, <c>tailscale-control-protocol</c>. Their bytes are relayed as they are and counted with the WebSockets of the
    /// route, whose numbers, idle timeout and lifetime hold for them, too. Only HTTP/1.1 requests without a body; <c>h2c</c> never. Empty
    /// (default): no offer is passed on.
    /// </summary>
    public ImmutableArray<string> Upgrades { get; init; } = [];

    /// <summary>Longest request body in bytes; over it is 413 (nginx: client_max_body_size). Null (default): no limit.</summary>
    public long? MaxRequestBodyBytes { get; init; }

    /// <summary>
    /// Requests and WebSockets of this route have lines in the access log, where there is one (nginx: <c>access_log off</c>). Default true.
    /// </summary>
    public bool AccessLog { get; init; } = true;
}

/// <summary>One condition on a header or a query argument.</summary>
public sealed record ValueCondition
{
    /// <summary>The header's or the argument's name. Headers ignore case, arguments do not.</summary>
    public required string Name { get; init; }

    /// <summary>How <see cref="Value"/> is compared. Default exact.</summary>
    public ConditionKind Kind { get; init; } = ConditionKind.Exact;

    /// <summary>What it is compared with. Not used by exists and absent.</summary>
    public string Value { get; init; } = "";

    /// <summary>Compare without case. Default false.</summary>
    public bool IgnoreCase { get; init; }
}

/// <summary>How a <see cref="ValueCondition"/> compares.</summary>
public enum ConditionKind
{
    /// <summary>The whole value, byte for byte.</summary>
    Exact,

    /// <summary>The beginning of the value.</summary>
    Prefix,

    /// <summary>Anywhere in the value.</summary>
    Contains,

    /// <summary>An unanchored regular expression.</summary>
    Regex,

    /// <summary>Present with any value, also an empty one.</summary>
    Exists,

    /// <summary>Not present at all.</summary>
    Absent,
}

/// <summary>How the rest of a path is sent behind an upstream path.</summary>
public enum UpstreamPathMode
{
    /// <summary>
    /// Decoded, dots and double slashes resolved, then escaped again: <c>%2F</c> becomes a slash (nginx: proxy_pass with a URI).
    /// </summary>
    Normalized,

    /// <summary>As the client sent it, byte for byte: <c>%2F</c> stays. Only dot segments are resolved.</summary>
    Raw,
}

/// <summary>The action of a route. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Proxy), "proxy")]
[JsonDerivedType(typeof(Redirect), "redirect")]
[JsonDerivedType(typeof(Respond), "respond")]
public abstract record RouteAction
{
    private RouteAction() { }

    /// <summary>Forwards to a server of a pool (nginx: proxy_pass).</summary>
    public sealed record Proxy : RouteAction
    {
        /// <summary>The name of the pool.</summary>
        public required string Pool { get; init; }

        /// <summary>
        /// The URI part of nginx's proxy_pass. Null (default): the raw request target goes on byte for byte. Otherwise the piece of the
        /// normalised path that the route's path matched is replaced by it. For a regex route it is the whole path, with captures:
        /// <c>/user/$1</c>. Starts with <c>/</c>.
        /// </summary>
        public string? UpstreamPath { get; init; }

        /// <summary>
        /// How the rest of the path is sent behind <see cref="UpstreamPath"/>. Default normalized, as nginx does it. Without an upstream
        /// path, and for exact routes, it changes nothing.
        /// </summary>
        public UpstreamPathMode UpstreamPathMode { get; init; }

        /// <summary>Add X-Forwarded-For, -Proto and -Host. Default true.</summary>
        public bool ForwardedHeaders { get; init; } = true;

        /// <summary>Longest wait for a connection to a server (nginx: proxy_connect_timeout, there 60s). Default 5s.</summary>
        public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

        /// <summary>
        /// Longest wait between two reads from or writes to the server, then 504 (nginx: proxy_read_timeout). Default 60s.
        /// </summary>
        public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(60);

        /// <summary>
        /// The least rate at which a request body must come, in bytes a second, counted over the time that the client is waited for, after
        /// 5 s; slower is 408. 0: none, for uploads that stand open. Default 240.
        /// </summary>
        public int MinBodyRate { get; init; } = 240;

        /// <summary>
        /// How many servers are tried at most (nginx: proxy_next_upstream_tries). 0 (default): every one of the pool. 1: no retry.
        /// </summary>
        public int MaxTries { get; init; }
    }

    /// <summary>Answers with a Location (nginx: return 301 URL).</summary>
    public sealed record Redirect : RouteAction
    {
        /// <summary>301, 302, 303, 307 or 308. Default 302.</summary>
        public int Status { get; init; } = 302;

        /// <summary>The target, a template: <c>https://$host$request_uri</c>.</summary>
        public required string Location { get; init; }
    }

    /// <summary>Answers with a fixed response (nginx: return 200 "text").</summary>
    public sealed record Respond : RouteAction
    {
        /// <summary>200 to 599. Default 200.</summary>
        public int Status { get; init; } = 200;

        /// <summary>The body, a template. Default empty.</summary>
        public string Body { get; init; } = "";

        /// <summary>Content-Type of the body. Default <c>text/plain; charset=utf-8</c>.</summary>
        public string ContentType { get; init; } = "text/plain; charset=utf-8";
    }
}

using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>A route with its regexes and templates compiled. Immutable; kept while the route's reference and the map names stay.</summary>
public sealed class CompiledRoute
{
    private string? _upstreamPath;
    private UpstreamPathTemplate? _upstreamTemplate;
    private string[] _maps = [];

    private CompiledRoute(Route route) => Route = route;

    /// <summary>What it was compiled from.</summary>
    public Route Route { get; }

    /// <summary>Why this route answers 503 instead of doing its work, or null.</summary>
    public ConfigProblem? Unavailable { get; private init; }

    /// <summary>What does not compile, as a sentence: the end of <see cref="Unavailable"/>; null: all of it does.</summary>
    public string? Fault { get; private init; }

    /// <summary>Rules for the request.</summary>
    public CompiledHeaderRules RequestHeaders { get; private init; } = CompiledHeaderRules.Empty;

    /// <summary>Rules for the response.</summary>
    public CompiledHeaderRules ResponseHeaders { get; private init; } = CompiledHeaderRules.Empty;

    /// <summary>Redirect's location or respond's body; null for proxy.</summary>
    public Template? Text { get; private init; }

    /// <summary>Respond's content type as it is written.</summary>
    public string ContentType { get; private init; } = "";

    /// <summary>The path as the bytes it is compared with.</summary>
    internal string PathBytes { get; private init; } = "";

    /// <summary>The path's regex; null for the other kinds.</summary>
    internal Regex? PathRegex { get; private init; }

    /// <summary>Host patterns, lower case, with the regex of a <c>~</c> one.</summary>
    internal (string Pattern, Regex? Regex)[] Hosts { get; private init; } = [];

    /// <summary>True when finding it may take long (<see cref="NginxRegex.MayBacktrack"/>).</summary>
    internal bool MayBacktrack =>
        (PathRegex is { } path && NginxRegex.MayBacktrack(path))
        || Hosts.Any(host => host.Regex is { } regex && NginxRegex.MayBacktrack(regex))
        || Conditions.MayBacktrack;

    /// <summary>Conditions with their regexes.</summary>
    internal CompiledConditions Conditions { get; private init; } = CompiledConditions.None;

    /// <summary>
    /// Compiles. A route that does not compile (stored under older rules) still matches where it can, with <see cref="Unavailable"/> set.
    /// </summary>
    public static CompiledRoute Compile(Route route, VariableNames names)
    {
        try
        {
            var hosts = route.Hosts.Select(CompileHost).ToArray();
            var path = route.PathKind switch
            {
                PathKind.Regex => Compiled(route.Path, false),
                PathKind.RegexIgnoreCase => Compiled(route.Path, true),
                _ => null,
            };
            var scope = names with
            {
                Captures = CapturesOf(path, hosts),
                PositionalCaptures = path is null && hosts.All(host => host.Regex is null) ? 0 : 9,
            };
            var requestHeaders = CompiledHeaderRules.Compile(route.RequestHeaders, scope);
            var responseHeaders = CompiledHeaderRules.Compile(route.ResponseHeaders, scope);
            var text = route.Action switch
            {
                RouteAction.Redirect redirect => Parsed(redirect.Location, scope),
                RouteAction.Respond respond => Parsed(respond.Body, scope),
                _ => null,
            };
            return new(route)
            {
                PathBytes = RequestPath.ToBytes(route.Path),
                PathRegex = path,
                Hosts = hosts,
                Conditions = CompiledConditions.Compile(route),
                RequestHeaders = requestHeaders,
                ResponseHeaders = responseHeaders,
                Text = text,
                ContentType = route.Action is RouteAction.Respond typed ? HeaderText.OneLine(HeaderText.FromConfig(typed.ContentType)) : "",
                _upstreamPath = path is null ? UpstreamPathOf(route) : null,
                _upstreamTemplate = path is null ? null : UpstreamTemplateOf(route, scope),
                _maps =
                [
                    .. requestHeaders
                        .Variables.Concat(responseHeaders.Variables)
                        .Concat(text?.Variables ?? [])
                        .Distinct()
                        .Where(name => names.Maps.Contains(name) && !scope.Captures.Contains(name)),
                ],
            };
        }
        catch (FormatException exception)
        {
            var reason = new ConfigProblem(
                $"routes/{route.Name}",
                "route_left_out",
                $"Route {route.Name} answers 503 until it is fixed: {exception.Message}"
            );
            return new(route)
            {
                Unavailable = reason,
                Fault = exception.Message,
                PathBytes = RequestPath.ToBytes(route.Path),
                Hosts = PlainHosts(route),
            };
        }
    }

    /// <summary>
    /// Evaluates every map that texts of this route read. They are kept in <paramref name="facts"/>: a regex that runs out of time shows
    /// here, before a server is asked, and not while an answer is under way.
    /// </summary>
    public void EvaluateMaps(RequestFacts facts)
    {
        foreach (var map in _maps)
        {
            if (!facts.Maps.ReadsAnswer(map))
                facts.Maps.Value(map, facts);
        }
    }

    /// <summary>
    /// The request target for a server of a proxying route: without upstream path the raw one, byte for byte. Null when the target could be
    /// read as one above the upstream path.
    /// </summary>
    public string? UpstreamTarget(RequestFacts facts) =>
        _upstreamTemplate is null ? UpstreamTarget(facts.Path) : _upstreamTemplate.Render(facts);

    /// <summary>The same for a route without a regex.</summary>
    internal string? UpstreamTarget(RequestPath path) =>
        _upstreamPath is null ? path.RawPathAndQuery
        : Route is { PathKind: not PathKind.Exact, Action: RouteAction.Proxy { UpstreamPathMode: UpstreamPathMode.Raw } }
            ? RawRest.Join(path, PathBytes, _upstreamPath)
        : RawRest.ClimbsAtTheBorder(path.Normalized, PathBytes, _upstreamPath) ? null
        : path.Replace(PathBytes.Length, _upstreamPath);

    /// <summary>
    /// Where a request for this location without its last slash is sent: the location itself, not what the client wrote (nginx:
    /// escaped_name).
    /// </summary>
    public string SlashLocation(RequestPath path) => RequestPath.Target(PathBytes) + (path.Query.Length > 0 ? "?" + path.Query : "");

    /// <summary>The named captures that templates of this route may use.</summary>
    internal static FrozenSet<string> CapturesOf(Regex? path, IEnumerable<(string Pattern, Regex? Regex)> hosts) =>
        [
            .. hosts
                .Select(host => host.Regex)
                .Append(path)
                .Where(regex => regex is not null)
                .SelectMany(regex => CompiledHeaderMap.Captures(regex!)),
        ];

    private static (string Pattern, Regex? Regex)[] PlainHosts(Route route) =>
        [.. route.Hosts.Where(host => !host.StartsWith('~')).Select(host => (HostPattern.Normalize(host), (Regex?)null))];

    private static (string Pattern, Regex? Regex) CompileHost(string host) =>
        host.StartsWith('~') ? (host, Compiled(host[1..], true)) : (HostPattern.Normalize(host), null);

    private static Regex Compiled(string pattern, bool ignoreCase) =>
        NginxRegex.TryCompile(pattern, ignoreCase, out var error) ?? throw new FormatException(error);

    private static string? UpstreamPathOf(Route route) =>
        route.Action is RouteAction.Proxy { UpstreamPath: { } path } ? RequestPath.Escaped(HeaderText.FromConfig(path)) : null;

    private static UpstreamPathTemplate? UpstreamTemplateOf(Route route, VariableNames scope)
    {
        if (route.Action is not RouteAction.Proxy { UpstreamPath: { } path })
            return null;
        var (template, fault) = UpstreamPathTemplate.Parse(path, scope);
        return template ?? throw new FormatException(fault?.Message);
    }

    private static Template Parsed(string text, VariableNames names)
    {
        var parsed = Template.Parse(text, names);
        return parsed.Template ?? throw new FormatException(parsed.Error);
    }
}

using System.Globalization;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Web.Forms;

namespace Appliance.Web.Routes;

/// <summary>A route as text in the fields of its form. Whatever was typed stays, also what means nothing.</summary>
public sealed class RouteDraft
{
    public string Name { get; set; } = "";
    public bool Enabled { get; set; } = true;
    public string Tags { get; set; } = "";
    public string Hosts { get; set; } = "";
    public string Path { get; set; } = "/";
    public string PathKind { get; set; } = nameof(Proxy.Routing.PathKind.Prefix);
    public string Methods { get; set; } = "";
    public List<ConditionDraft> HeaderConditions { get; set; } = [];
    public List<ConditionDraft> QueryConditions { get; set; } = [];
    public ActionDraft Action { get; set; } = new();
    public List<RuleDraft> RequestHeaders { get; set; } = [];
    public List<RuleDraft> ResponseHeaders { get; set; } = [];
    public WebSocketDraft WebSocket { get; set; } = new();
    public string Upgrades { get; set; } = "";
    public string MaxRequestBodyBytes { get; set; } = "";
    public bool AccessLog { get; set; } = true;

    /// <summary>The form of a route.</summary>
    public static RouteDraft Of(Route route) =>
        new()
        {
            Name = route.Name,
            Enabled = route.Enabled,
            Tags = string.Join(' ', route.Tags),
            Hosts = string.Join('\n', route.Hosts),
            Path = route.Path,
            PathKind = route.PathKind.ToString(),
            Methods = string.Join(' ', route.Methods),
            HeaderConditions = [.. route.HeaderConditions.Select(ConditionDraft.Of)],
            QueryConditions = [.. route.QueryConditions.Select(ConditionDraft.Of)],
            Action = ActionDraft.Of(route.Action),
            RequestHeaders = [.. route.RequestHeaders.Select(RuleDraft.Of)],
            ResponseHeaders = [.. route.ResponseHeaders.Select(RuleDraft.Of)],
            WebSocket = WebSocketDraft.Of(route.WebSocket),
            Upgrades = string.Join(' ', route.Upgrades),
            MaxRequestBodyBytes = Texts.Size(route.MaxRequestBodyBytes),
            AccessLog = route.AccessLog,
        };

    /// <summary>The route it means; what cannot be read gets a problem and its default.</summary>
    public Route Read(Guid id, List<FieldProblem> problems) =>
        new()
        {
            Id = id,
            Name = Name.Trim(),
            Enabled = Enabled,
            Tags = [.. Texts.Words(Tags)],
            Hosts = [.. Texts.Hosts(Hosts)],
            Path = Path.Trim(),
            PathKind = Enum.TryParse<PathKind>(PathKind, out var kind) ? kind : Proxy.Routing.PathKind.Prefix,
            Methods = [.. Texts.Words(Methods).Select(method => method.ToUpperInvariant())],
            HeaderConditions = [.. HeaderConditions.Select(condition => condition.Read())],
            QueryConditions = [.. QueryConditions.Select(condition => condition.Read())],
            Action = Action.Read(kind is Proxy.Routing.PathKind.Regex or Proxy.Routing.PathKind.RegexIgnoreCase, problems),
            RequestHeaders = [.. RequestHeaders.Select(rule => rule.Read())],
            ResponseHeaders = [.. ResponseHeaders.Select(rule => rule.Read())],
            WebSocket = WebSocket.Read(problems),
            Upgrades = [.. Texts.Words(Upgrades)],
            MaxRequestBodyBytes = Texts.Size(MaxRequestBodyBytes, "maxRequestBodyBytes", problems),
            AccessLog = AccessLog,
        };
}

/// <summary>What a route does, as text. The fields of the actions that are not chosen are kept, too.</summary>
public sealed class ActionDraft
{
    private static readonly RouteAction.Proxy _proxyDefaults = new() { Pool = "" };

    public string Kind { get; set; } = "Proxy";
    public string Pool { get; set; } = "";
    public string UpstreamPath { get; set; } = "";
    public string UpstreamPathMode { get; set; } = nameof(Proxy.Routing.UpstreamPathMode.Normalized);
    public bool ForwardedHeaders { get; set; } = true;
    public string ConnectTimeout { get; set; } = Texts.Time(_proxyDefaults.ConnectTimeout);
    public string ReadTimeout { get; set; } = Texts.Time(_proxyDefaults.ReadTimeout);
    public string MinBodyRate { get; set; } = _proxyDefaults.MinBodyRate.ToString(CultureInfo.InvariantCulture);
    public string MaxTries { get; set; } = "0";
    public string RedirectStatus { get; set; } = "302";
    public string Location { get; set; } = "";
    public string RespondStatus { get; set; } = "200";
    public string Body { get; set; } = "";
    public string ContentType { get; set; } = "text/plain; charset=utf-8";

    public static ActionDraft Of(RouteAction action) =>
        action switch
        {
            RouteAction.Redirect redirect => new()
            {
                Kind = "Redirect",
                RedirectStatus = redirect.Status.ToString(CultureInfo.InvariantCulture),
                Location = redirect.Location,
            },
            RouteAction.Respond respond => new()
            {
                Kind = "Respond",
                RespondStatus = respond.Status.ToString(CultureInfo.InvariantCulture),
                Body = respond.Body,
                ContentType = respond.ContentType,
            },
            RouteAction.Proxy proxy => new()
            {
                Pool = proxy.Pool,
                UpstreamPath = proxy.UpstreamPath ?? "",
                UpstreamPathMode = proxy.UpstreamPathMode.ToString(),
                ForwardedHeaders = proxy.ForwardedHeaders,
                ConnectTimeout = Texts.Time(proxy.ConnectTimeout),
                ReadTimeout = Texts.Time(proxy.ReadTimeout),
                MinBodyRate = proxy.MinBodyRate.ToString(CultureInfo.InvariantCulture),
                MaxTries = proxy.MaxTries.ToString(CultureInfo.InvariantCulture),
            },
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    public RouteAction Read(bool regex, List<FieldProblem> problems)
    {
        switch (Kind)
        {
            case "Redirect":
                return new RouteAction.Redirect
                {
                    Status = Texts.Number(RedirectStatus, 302, "action/status", problems),
                    Location = Location.Trim(),
                };
            case "Respond":
                return new RouteAction.Respond
                {
                    Status = Texts.Number(RespondStatus, 200, "action/status", problems),
                    Body = Body.Replace("\r\n", "\n", StringComparison.Ordinal),
                    ContentType = ContentType.Trim(),
                };
            default:
                if (Pool.Length == 0)
                    problems.Add(new("action/pool", "Choose the pool that requests go to. Add a pool first when there is no pool yet."));
                return new RouteAction.Proxy
                {
                    Pool = Pool,
                    UpstreamPath = UpstreamPath.Trim().Length == 0 ? null : UpstreamPath.Trim(),

                    // The mode is not shown for a regex, which has no rest of the path; what was chosen before must not refuse the save.
                    UpstreamPathMode =
                        UpstreamPath.Trim().Length > 0 && !regex && Enum.TryParse<UpstreamPathMode>(UpstreamPathMode, out var mode)
                            ? mode
                            : Proxy.Routing.UpstreamPathMode.Normalized,
                    ForwardedHeaders = ForwardedHeaders,
                    ConnectTimeout = Texts.Time(ConnectTimeout, _proxyDefaults.ConnectTimeout, "action/connectTimeout", problems),
                    ReadTimeout = Texts.Time(ReadTimeout, _proxyDefaults.ReadTimeout, "action/readTimeout", problems),
                    MinBodyRate = Texts.Number(MinBodyRate, _proxyDefaults.MinBodyRate, "action/minBodyRate", problems),
                    MaxTries = Texts.Number(MaxTries, 0, "action/maxTries", problems),
                };
        }
    }
}

/// <summary>A condition, as text.</summary>
public sealed class ConditionDraft
{
    public string Name { get; set; } = "";
    public string Kind { get; set; } = nameof(ConditionKind.Exact);
    public string Value { get; set; } = "";
    public bool IgnoreCase { get; set; }

    public static ConditionDraft Of(ValueCondition condition) =>
        new()
        {
            Name = condition.Name,
            Kind = condition.Kind.ToString(),
            Value = condition.Value,
            IgnoreCase = condition.IgnoreCase,
        };

    public ValueCondition Read() =>
        new()
        {
            Name = Name.Trim(),
            Kind = Enum.TryParse<ConditionKind>(Kind, out var kind) ? kind : ConditionKind.Exact,
            Value = Value,
            IgnoreCase = IgnoreCase,
        };
}

/// <summary>A header rule, as text.</summary>
public sealed class RuleDraft
{
    public string Operation { get; set; } = nameof(HeaderOperation.Set);
    public string Name { get; set; } = "";
    public string Value { get; set; } = "";

    public static RuleDraft Of(HeaderRule rule) =>
        new()
        {
            Operation = rule.Operation.ToString(),
            Name = rule.Name,
            Value = rule.Value,
        };

    public HeaderRule Read() =>
        new()
        {
            Operation = Enum.TryParse<HeaderOperation>(Operation, out var operation) ? operation : HeaderOperation.Set,
            Name = Name.Trim(),
            Value = Value,
        };
}

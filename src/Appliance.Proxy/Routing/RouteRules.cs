using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Routing;

/// <summary>Checks one route alone, without looking at the others.</summary>
internal static class RouteRules
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    public static void Check(Route route, VariableNames maps, ProblemList problems)
    {
        var path = $"routes/{route.Name}";
        ItemNames.Check(route.Name, $"{path}/name", problems);
        var hosts = route.Hosts.Select((host, index) => (host, CheckHost(host, $"{path}/hosts/{index}", problems))).ToList();
        var regex = CheckPath(route, path, problems);
        for (var index = 0; index < route.Methods.Length; index++)
        {
            if (!HeaderRuleRules.IsToken(route.Methods[index]) || route.Methods[index].Any(char.IsAsciiLetterLower))
                problems.Error(
                    $"{path}/methods/{index}",
                    "bad_method",
                    $"\"{route.Methods[index]}\" is not a method; write it in capitals, as GET or POST."
                );
        }

        CheckConditions(route, path, problems);
        var captures = regex is not null || hosts.Any(host => host.Item2 is not null);
        var scope = maps with { Captures = CompiledRoute.CapturesOf(regex, hosts), PositionalCaptures = captures ? 9 : 0 };
        CheckAction(route, path, scope, problems);
        HeaderRuleRules.Check(route.RequestHeaders, $"{path}/requestHeaders", scope, problems);
        HeaderRuleRules.Check(route.ResponseHeaders, $"{path}/responseHeaders", scope, problems, ofAnswer: true);
        WebSocketPolicyRules.Check(route.WebSocket, $"{path}/webSocket", problems);
        UpgradeOffer.Check(route.Upgrades, $"{path}/upgrades", problems);
        if (route.MaxRequestBodyBytes is < 0)
            problems.Error($"{path}/maxRequestBodyBytes", "out_of_range", "The limit is 0 or more bytes; leave it out for no limit.");
        CheckVisible(route.HeaderConditions, $"{path}/headerConditions", problems);
        CheckVisible(route.QueryConditions, $"{path}/queryConditions", problems);
        CheckVisible(route.RequestHeaders, $"{path}/requestHeaders", problems);
        CheckVisible(route.ResponseHeaders, $"{path}/responseHeaders", problems);
    }

    private static void CheckVisible(ImmutableArray<ValueCondition> conditions, string path, ProblemList problems)
    {
        for (var at = 0; at < conditions.Length; at++)
        {
            VisibleFields.Check(conditions[at].Name, $"{path}/{at}/name", problems);
            VisibleFields.Check(conditions[at].Value, $"{path}/{at}/value", problems);
        }
    }

    // Their names are tokens, and a line break in a value has a code of its own.
    private static void CheckVisible(ImmutableArray<HeaderRule> rules, string path, ProblemList problems)
    {
        for (var at = 0; at < rules.Length; at++)
        {
            if (!rules[at].Value.AsSpan().ContainsAny('\r', '\n', '\0'))
                VisibleFields.Check(rules[at].Value, $"{path}/{at}/value", problems);
        }
    }

    private static Regex? CheckHost(string host, string path, ProblemList problems)
    {
        if (!host.StartsWith('~'))
        {
            if (HostPattern.Fault(host) is { } fault)
                problems.Error(path, "bad_host", fault);
            return null;
        }

        var regex = NginxRegex.TryCompile(host[1..], true, out var error);
        if (regex is null)
            problems.Error(path, "bad_regex", error!); // no regex means an error
        return regex;
    }

    private static Regex? CheckPath(Route route, string path, ProblemList problems)
    {
        if (route.PathKind is PathKind.Regex or PathKind.RegexIgnoreCase)
        {
            var regex = NginxRegex.TryCompile(route.Path, route.PathKind == PathKind.RegexIgnoreCase, out var error);
            if (regex is null)
                problems.Error($"{path}/path", "bad_regex", error!); // no regex means an error
            return regex;
        }

        if (!route.Path.StartsWith('/'))
            problems.Error($"{path}/path", "bad_path", "The path starts with a slash, as /chat.");
        else if (route.Path.Contains('?', StringComparison.Ordinal))
            problems.Error(
                $"{path}/path",
                "bad_path",
                "The path is compared without the query; use a query condition for what stands behind the ?."
            );
        else if (
            RequestPath.TryParse(RequestPath.ToBytes(route.Path))?.Normalized is { } normalized
            && normalized != RequestPath.ToBytes(route.Path)
        )
            problems.Warning(
                $"{path}/path",
                "not_normalized",
                "Paths are compared decoded and without dots or double slashes: this one never matches, "
                    + $"{HeaderText.Shown(normalized)} would."
            );
        return null;
    }

    private static void CheckConditions(Route route, string path, ProblemList problems)
    {
        foreach (var (list, kind) in new[] { (route.HeaderConditions, "headerConditions"), (route.QueryConditions, "queryConditions") })
        {
            for (var index = 0; index < list.Length; index++)
            {
                if (list[index].Name.Length == 0 || (kind == "headerConditions" && !HeaderRuleRules.IsToken(list[index].Name)))
                    problems.Error($"{path}/{kind}/{index}/name", "bad_header_name", "A condition names a header or an argument.");
                if (
                    list[index].Kind == ConditionKind.Regex
                    && NginxRegex.TryCompile(list[index].Value, list[index].IgnoreCase, out var error) is null
                )
                    problems.Error($"{path}/{kind}/{index}/value", "bad_regex", error!); // no regex means an error
            }
        }
    }

    private static void CheckAction(Route route, string path, VariableNames scope, ProblemList problems)
    {
        switch (route.Action)
        {
            case RouteAction.Proxy proxy:
                CheckProxy(route, proxy, path, scope, problems);
                break;
            case RouteAction.Redirect redirect:
                if (redirect.Status is not (301 or 302 or 303 or 307 or 308))
                    problems.Error($"{path}/action/status", "bad_status", "A redirect is 301, 302, 303, 307 or 308.");
                if (redirect.Location.Length == 0 || redirect.Location.Any(char.IsControl))
                    problems.Error(
                        $"{path}/action/location",
                        "bad_location",
                        "A redirect needs a location on one line, without control characters."
                    );
                HeaderRuleRules.CheckTemplate(redirect.Location, $"{path}/action/location", scope, problems);
                break;
            case RouteAction.Respond respond:
                if (respond.Status is < 200 or > 599)
                    problems.Error($"{path}/action/status", "bad_status", "A response has a status of 200 to 599.");
                if (respond.Body.Length > 64 * 1024)
                    problems.Error($"{path}/action/body", "too_long", "A fixed body has at most 64 KiB.");
                if (respond.ContentType.Any(char.IsControl) || respond.ContentType.Length == 0)
                    problems.Error($"{path}/action/contentType", "bad_content_type", "A content type is like text/plain; charset=utf-8.");
                HeaderRuleRules.CheckTemplate(respond.Body, $"{path}/action/body", scope, problems, ofAnswer: true);
                break;
        }
    }

    private static void CheckProxy(Route route, RouteAction.Proxy proxy, string path, VariableNames scope, ProblemList problems)
    {
        if (proxy.UpstreamPath is { } upstream)
        {
            var isRegex = route.PathKind is PathKind.Regex or PathKind.RegexIgnoreCase;
            if (!upstream.StartsWith('/') || upstream.AsSpan().ContainsAny(" ?#") || upstream.Any(char.IsControl))
                problems.Error(
                    $"{path}/action/upstreamPath",
                    "bad_path",
                    "The upstream path starts with a slash and has no blank and no query, as /api/."
                );
            else if (isRegex && UpstreamPathTemplate.Parse(upstream, scope).Fault is { } fault)
                problems.Error($"{path}/action/upstreamPath", fault.Code, fault.Message);
            if (isRegex && proxy.UpstreamPathMode != UpstreamPathMode.Normalized)
                problems.Error(
                    $"{path}/action/upstreamPathMode",
                    "raw_with_regex",
                    "A regex route has no rest of the path that could be sent as it came; captures are always escaped. Leave the mode out."
                );
        }
        else if (proxy.UpstreamPathMode != UpstreamPathMode.Normalized)
        {
            problems.Warning(
                $"{path}/action/upstreamPathMode",
                "no_upstream_path",
                "Without an upstream path the target goes on as it came; the mode changes nothing and can be removed."
            );
        }

        if (proxy.ConnectTimeout <= TimeSpan.Zero || proxy.ConnectTimeout > _longest)
            problems.Error($"{path}/action/connectTimeout", "out_of_range", "The time to connect is more than 0s and at most 1d.");
        if (proxy.ReadTimeout <= TimeSpan.Zero || proxy.ReadTimeout > _longest)
            problems.Error($"{path}/action/readTimeout", "out_of_range", "The time to answer is more than 0s and at most 1d.");
        if (proxy.MinBodyRate < 0)
            problems.Error(
                $"{path}/action/minBodyRate",
                "out_of_range",
                "The least rate of a request body is 0 (none) or more bytes a second."
            );
        if (proxy.MaxTries < 0)
            problems.Error($"{path}/action/maxTries", "out_of_range", "The number of servers to try is 0 (all) or more.");
    }
}

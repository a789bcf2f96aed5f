using Appliance.Proxy.Routing;

namespace Appliance.Web.Routes;

/// <summary>The words for routes and their settings on the pages.</summary>
public static class RouteWords
{
    /// <summary>Path kinds in the order of the form.</summary>
    public static IReadOnlyList<(string Value, string Text)> PathKinds { get; } =
    [
        (nameof(PathKind.Prefix), "Prefix"),
        (nameof(PathKind.Exact), "Exact"),
        (nameof(PathKind.PrefixNoRegex), "Prefix, no regex"),
        (nameof(PathKind.Regex), "Regex"),
        (nameof(PathKind.RegexIgnoreCase), "Regex, ignore case"),
    ];

    /// <summary>What a path kind does, in a sentence.</summary>
    public static string Explain(PathKind kind) =>
        kind switch
        {
            PathKind.Exact => "Exactly this path; ends the search immediately (nginx: =).",
            PathKind.PrefixNoRegex => "Every path that begins like this; when it is the longest, regexes are not tried (nginx: ^~).",
            PathKind.Regex => "The first regex that matches, in the order of the list, wins over prefixes (nginx: ~).",
            PathKind.RegexIgnoreCase => "As Regex, ignoring case (nginx: ~*).",
            _ => "Every path that begins like this; the longest prefix wins. /foo also takes /foobar (nginx: no modifier).",
        };

    /// <summary>How the rest of the path is sent, in the order of the form.</summary>
    public static IReadOnlyList<(string Value, string Text)> UpstreamPathModes { get; } =
    [(nameof(UpstreamPathMode.Normalized), "Normalized, as nginx sends it"), (nameof(UpstreamPathMode.Raw), "As it came, byte for byte")];

    /// <summary>What a mode sends, in a sentence.</summary>
    public static string Explain(UpstreamPathMode mode) =>
        mode switch
        {
            UpstreamPathMode.Raw =>
                "What follows the matched piece is not touched: with path /api/ and upstream path /v2/, /api/a%2Fb//c is sent as "
                    + "/v2/a%2Fb//c. Only dot segments are resolved.",
            _ => "What follows the matched piece is decoded, cleaned and escaped again: with path /api/ and upstream path /v2/, "
                + "/api/a%2Fb//c is sent as /v2/a/b/c.",
        };

    /// <summary>What the upstream path does, in a sentence.</summary>
    public static string ExplainUpstreamPath(bool isRegex) =>
        isRegex
            ? "The whole path for the server, with captures of the regex: with path ^/u/(\\d+)$ and /user/$1, /u/7?x=1 is sent as "
                + "/user/7?x=1. Empty: the path goes on as it came. nginx: proxy_pass with captures."
            : "Replaces the part of the path that matched: with path /api/ and /v2/, /api/x is sent as /v2/x. Empty: the path goes on "
                + "as it came, byte for byte. nginx: the URI part of proxy_pass.";

    /// <summary>nginx's modifier, as people know it.</summary>
    public static string Sign(PathKind kind) =>
        kind switch
        {
            PathKind.Exact => "=",
            PathKind.PrefixNoRegex => "^~",
            PathKind.Regex => "~",
            PathKind.RegexIgnoreCase => "~*",
            _ => "",
        };

    /// <summary>A path kind's name.</summary>
    public static string Name(PathKind kind) => PathKinds.First(choice => choice.Value == kind.ToString()).Text;

    /// <summary>What the route does, in a few words: <c>→ pool api, path /v2/</c>.</summary>
    public static string Does(Route route) =>
        route.Action switch
        {
            RouteAction.Proxy proxy => $"→ pool {proxy.Pool}{Path(proxy)}",
            RouteAction.Redirect redirect => $"→ {redirect.Status}, {redirect.Location}",
            RouteAction.Respond respond => $"answers {respond.Status}",
            _ => "",
        };

    /// <summary>
    /// The path that a pool's servers get in place of the matched one, as it stands behind the pool's name; empty: the path goes on as it
    /// came.
    /// </summary>
    public static string Path(RouteAction.Proxy proxy) => string.IsNullOrEmpty(proxy.UpstreamPath) ? "" : $", path {proxy.UpstreamPath}";
}

using System.Collections.Immutable;
using Appliance.Data.Rights;
using Appliance.Web.Faces;

namespace Appliance.Web.Search;

/// <summary>
/// Every page, setting and deed that the search finds. A new page or deed adds its line here; those of a kind of items stand in its
/// <see cref="ItemFace"/>.
/// </summary>
public static class SearchEntries
{
    private const int MostOfAGroup = 8;

    // $request_id: 16 bytes in hex.
    private const int LengthOfAnId = 32;

    private static readonly ImmutableArray<SearchEntry> _pages =
    [
        Page("dashboard", "Dashboard", "/", "Traffic and servers now", "home overview figures charts rate errors latency"),
        Page(
            "requests",
            "Requests",
            "/requests",
            "The newest requests and what became of them",
            "access log errors slow tail live traffic request ids id $request_id"
        ),
        Page("connections", "Connections", "/connections", "Open WebSockets", "websockets sockets open clients live"),
        Page("connections", "Ended connections", "/connections/ended", "How WebSockets ended", "closed websockets close codes reasons"),
        Page("connections", "Refused handshakes", "/connections/refused", "WebSockets that did not open", "failed websockets rejected"),
        Page(
            "connections",
            "Inspector",
            "/connections/inspector",
            "Messages of one connection",
            "inspect messages frames websocket payload"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page("certificates", "Certificates", "/certificates", "HTTPS certificates and their expiry", "tls ssl https expiry keys"),
        Page(
            "bell",
            "Notices",
            "/notices",
            "Troubles, and who is told of them",
            "alerts alarms notifications monitoring problems webhook slack discord ntfy email mail smtp"
        ),
        Page("history", "History", "/history", "Every revision of the config", "revisions changes versions diff"),
        Page(
            "requests",
            "Why a request failed",
            "/requests",
            "The newest requests, with the reason of each failure",
            "502 503 504 500 bad gateway unavailable error errors fails failure upstream down"
        ),
        Page(
            "people",
            "People",
            "/people",
            "Accounts, roles and scopes",
            "users accounts roles scopes operators viewers administrators"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page(
            "people",
            "Sign-in providers",
            "/people/sign-in-providers",
            "OpenID Connect",
            "oidc openid connect sso keycloak entra google login groups"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page(
            "people",
            "API tokens",
            "/people/tokens",
            "What programs use the API with",
            "token tokens api rest bearer automation ci script programs revoke"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page("audit", "Audit", "/audit", "Who did what", "log trail entries chain") with
        {
            Needs = Role.Administrator,
        },
        Page("person", "Your account", "/account", "Password, second factor, sessions", "profile me settings") with
        {
            IsPlain = true,
        },
        Page(
            "info",
            "Log",
            "/log",
            "Log level, format, access log while it runs",
            "logging debug trace verbose level access log format"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page(
            "info",
            "Support bundle",
            "/about",
            "One file about this process, without secrets",
            "download diagnostics report help state"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page(
            "info",
            "Metrics",
            "/about",
            "For Prometheus, at /metrics; the settings are on this page",
            "prometheus grafana monitoring scrape"
        ) with
        {
            Needs = Role.Administrator,
        },
        Page("info", "About", "/about", "Version, licence, documentation", "version licence license help docs documentation uptime"),
    ];

    private static readonly ImmutableArray<SearchEntry> _actions =
    [
        Deed("plus", "Add certificate", "/certificates/new", "Upload a certificate with its key", "new upload import pem pfx pkcs12"),
        Deed("plus", "Order certificate", "/certificates/new/acme", "From an authority, by ACME", "new add acme lets encrypt letsencrypt"),
        Deed("plus", "Make self-signed certificate", "/certificates/new/self-signed", "For tests and closed networks", "new add create"),
        Deed("plus", "Add person", "/people/new", "Gives somebody an account", "new create user account invite colleague") with
        {
            Needs = Role.Administrator,
        },
        Deed(
            "history",
            "Return to an older revision",
            "/history",
            "Open a revision of the history",
            "restore rollback roll back revert undo older previous version"
        ),
        Deed(
            "download",
            "Export config",
            "/history",
            "Open a revision and download it as JSON",
            "configuration export download json backup save"
        ),
        Deed("paused", "Drain a server or a pool", "/pools", "Open a pool and choose Drain", "maintenance remove take out stop"),
        Deed("paused", "Drain a route", "/routes", "Open a route and choose Drain", "maintenance stop"),
        Deed("close", "Close connections", "/connections", "Select connections and close them", "kick disconnect end websockets"),
        Deed("download", "Export audit", "/audit", "Choose Export at the top of the page", "audit export download csv json") with
        {
            Needs = Role.Administrator,
        },
        Deed("audit", "Check the audit chain", "/audit", "Looks for missing or changed entries", "verify audit hash") with
        {
            Needs = Role.Administrator,
        },
        Deed(
            "plus",
            "Add notice channel",
            "/notices/channels/new",
            "Webhook, Slack, Discord, ntfy or e-mail",
            "new create alert notification alerting smtp mail"
        ) with
        {
            Needs = Role.Administrator,
        },
        Own("Change password", "/account#change-password", "On your account page", "new own"),
        Own(
            "Two-factor authentication",
            "/account#second-factor",
            "On your account page",
            "2fa second factor totp code recovery codes mfa"
        ),
        Own("End your other sessions", "/account#sessions", "On your account page", "browsers devices sign out everywhere"),
        Here("theme", "Dark theme", "Switches now", "mode night colour color", SearchDeed.Dark),
        Here("theme", "Light theme", "Switches now", "mode day colour color", SearchDeed.Light),
        Here("theme", "System theme", "Light or dark, as your system says", "mode auto automatic colour color", SearchDeed.System),
        Here("sign-out", "Sign out", "Ends this session", "log out logout leave exit", SearchDeed.SignOut),
    ];

    /// <summary>All pages and deeds that the search knows.</summary>
    public static IEnumerable<SearchEntry> All(ItemFaces faces) =>
        [
            .. _pages,
            .. faces.All.Select(face => Page(face.Icon, face.Title, face.Path, face.About, face.OtherWords)),
            .. faces.All.SelectMany(face =>
                face.Settings.Select(setting =>
                    Page(face.Icon, setting.Name, face.Path, $"In each {face.Kind.Word}; opens their list", setting.OtherWords)
                )
            ),
            .. faces.All.Select(face =>
                Deed("plus", $"Add {face.Kind.Word}", $"{face.Path}/new", "Opens an empty form", $"new create {face.WordsToAdd}")
            ),
            .. _actions,
        ];

    /// <summary>
    /// What fits <paramref name="text"/>, pages before actions, the best of each first. An ID of a request leads to the requests that have
    /// it.
    /// </summary>
    public static IEnumerable<SearchHit> Find(ItemFaces faces, string text, Grant grant)
    {
        if (text.Trim() is { Length: LengthOfAnId } id && id.All(char.IsAsciiHexDigit))
            return [new(SearchGroup.Pages, "requests", "Requests with this ID", id) { Path = $"/requests?q={id}" }];
        var typed = SearchEntry.Split(text);
        return All(faces)
            .Select(entry => (Entry: entry, Fit: entry.Fit(typed)))
            .Where(found => found.Fit > 0)
            .GroupBy(found => found.Entry.Group)
            .OrderBy(group => group.Key)
            .SelectMany(group => group.OrderByDescending(found => found.Fit).Take(MostOfAGroup))
            .Select(found => found.Entry.HitFor(grant));
    }

    private static SearchEntry Page(string icon, string name, string path, string detail, string words) =>
        new(SearchGroup.Pages, icon, name, detail, words) { Path = path };

    private static SearchEntry Deed(string icon, string name, string path, string detail, string words) =>
        new(SearchGroup.Actions, icon, name, detail, words) { Path = path, Needs = Role.Operator };

    private static SearchEntry Own(string name, string path, string detail, string words) =>
        new(SearchGroup.Actions, "person", name, detail, words) { Path = path, IsPlain = true };

    private static SearchEntry Here(string icon, string name, string detail, string words, SearchDeed deed) =>
        new(SearchGroup.Actions, icon, name, detail, words) { Deed = deed };
}

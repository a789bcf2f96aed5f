using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.CommandLine;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Access;

/// <summary>
/// Every endpoint of the console by every role, as a browser of this machine asks for it: generated from the routes of the running console,
/// so that a new endpoint fails here until somebody has said who may have it. What pages let people do to things is in
/// <see cref="DeedsTests"/>.
/// </summary>
public sealed partial class EndpointsTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    // Who gets an answer: anybody, people (signed in), administrators, the control socket (nobody by HTTP).
    internal static readonly Dictionary<string, string> Expected = new()
    {
        ["GET /healthz"] = "anybody",
        ["GET /readyz"] = "anybody",
        ["GET /setup"] = "anybody",
        ["GET /sign-in"] = "anybody",
        ["GET /sign-in/again"] = "people",
        ["GET /sign-in/link"] = "anybody",
        ["GET /certificates/new/acme"] = "people",
        ["GET /certificates/{Id:guid}/order"] = "people",
        ["GET /people"] = "administrators",
        ["GET /people/tokens"] = "administrators",
        ["GET /people/tokens/new"] = "administrators",
        ["GET /people/new"] = "administrators",
        ["GET /people/{Id:long}"] = "administrators",
        ["POST /sign-out"] = "form",
        ["GET /"] = "people",
        ["GET /about"] = "people",
        ["GET /about/support-bundle"] = "administrators",
        ["GET /log"] = "administrators",
        ["GET /account"] = "people",
        ["GET /audit"] = "administrators",
        ["GET /audit/export"] = "administrators",
        ["GET /certificates"] = "people",
        ["GET /certificates/new"] = "people",
        ["GET /certificates/new/self-signed"] = "people",
        ["GET /certificates/{Id:guid}"] = "people",
        ["GET /certificates/{Id:guid}/replace"] = "people",
        ["GET /certificates/files/{File}"] = "people",
        ["GET /certificates/{id:guid}/chain.pem"] = "people, not there",
        ["GET /certificates/files/{file}/chain.pem"] = "people, not there",
        ["GET /connections"] = "people",
        ["GET /connections/ended"] = "people",
        ["GET /connections/refused"] = "people",
        ["GET /requests"] = "people",
        ["GET /requests/{Number:long}"] = "people",
        ["GET /connections/inspector"] = "people",
        ["GET /people/sign-in-providers"] = "administrators",
        ["GET /history"] = "people",
        ["GET /history/compare"] = "people",
        ["GET /history/{Number:long}"] = "people",
        ["GET /history/{number:long}/export"] = "people",
        ["GET /maps"] = "people",
        ["GET /maps/new"] = "people",
        ["GET /maps/{Id:guid}"] = "people",
        ["GET /tls-policies"] = "people",
        ["GET /tls-policies/new"] = "people",
        ["GET /tls-policies/{Id:guid}"] = "people",
        ["GET /pools"] = "people",
        ["GET /pools/new"] = "people",
        ["GET /pools/{Id:guid}"] = "people",
        ["GET /routes"] = "people",
        ["GET /routes/new"] = "people",
        ["GET /routes/{Id:guid}"] = "people",
        ["GET /notices"] = "people",
        ["GET /notices/channels/new"] = "administrators",
        ["GET /notices/channels/{Id:guid}"] = "administrators",
        ["GET /not-found"] = "people",
        ["GET {*path}"] = "fallback",
        ["GET /_blazor"] = "circuit",
        ["GET /_blazor/disconnect/"] = "circuit",
        ["GET /_blazor/initializers/"] = "circuit",
        ["GET /_blazor/negotiate"] = "circuit",
        ["GET /_framework/opaque-redirect"] = "framework",
    };

    // Those of the API are by the list of kinds, as the endpoints are.
    static EndpointsTests()
    {
        foreach (var method in new[] { "GET", "PUT" })
            Expected[$"{method} /api/v1/config"] = "token";
        foreach (var path in ConsoleFaces.Known.All.Select(face => "/api/v1" + face.Path))
        {
            Expected[$"GET {path}"] = "token";
            foreach (var method in new[] { "GET", "PUT", "DELETE" })
                Expected[$"{method} {path}/{{name}}"] = "token";
            Expected[$"POST {path}/{{name}}/rename"] = "token";
        }
    }

    private static readonly string[] _roles = ["nobody", "ended", "disabled", "viewer", "scoped", "operator", "administrator"];

    [Fact]
    public async Task Endpoints_ByRole_AreAnsweredAsListed()
    {
        var found = Endpoints().Order(StringComparer.Ordinal).ToList();
        found.Except(Expected.Keys).ShouldBeEmpty("not listed: say who may have it");
        Expected.Keys.Except(found).ShouldBeEmpty("listed, but not there");
        var people = new Dictionary<string, Somebody?>();
        foreach (var role in _roles)
            people[role] = await SomebodyAsync(role);
        var refused = new HashSet<(string Name, string Path)>();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new($"http://localhost:{product.Console.Port}"),
        };
        var wrong = new List<string>();
        foreach (var (endpoint, expected) in Expected)
        {
            foreach (var role in _roles)
            {
                var answer = await AskAsync(http, endpoint, people[role]?.Cookie);
                if (answer == "403")
                    // Nobody is sent to the sign-in page.
                    refused.Add((people[role]!.Account.Name, PathOf(endpoint.Split(' ')[1]).Split('?')[0]));
                var wanted = Wanted(expected, role);
                if (wanted == "past" ? answer is "sign-in" or "403" : answer != wanted)
                    wrong.Add($"{endpoint} by {role}: {answer}, not {wanted}");
            }
        }

        wrong.ShouldBeEmpty();

        // Each refusal of somebody who is signed in has its line.
        refused.Count.ShouldBeGreaterThan(15);
        var audit = product.Console.Services.GetRequiredService<AuditStore>();
        var lines = await audit.ListAsync(
            new() { Action = "page.view audit.export support.bundle", Succeeded = false },
            1_000,
            null,
            Actor.Local("test"),
            CancellationToken.None
        );
        lines.ShouldAllBe(line => line.From == "127.0.0.1" || line.From == "::1");
        refused.Except(lines.Select(line => (line.Actor, line.Target))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Control_ByHttp_IsNotThere()
    {
        var cookie = (await SomebodyAsync("administrator"))!.Cookie; // signed in
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            BaseAddress = new($"http://localhost:{product.Console.Port}"),
        };
        var control = All().Where(one => one.Pattern.StartsWith("/control", StringComparison.Ordinal)).ToList();
        control.Count.ShouldBeGreaterThan(8);
        foreach (var (method, pattern) in control)
        {
            using var request = new HttpRequestMessage(new(method), pattern) { Headers = { { "Cookie", cookie } } };
            using var answer = await http.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, $"{method} {pattern}");
        }
    }

    [Fact]
    public async Task Posts_WithoutTheirToken_ChangeNothing()
    {
        var cookie = (await SomebodyAsync("administrator"))!.Cookie; // signed in
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new($"http://localhost:{product.Console.Port}"),
        };
        var posts = product
            .Console.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(one =>
                one.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Any(method => method is not ("GET" or "HEAD")) == true
            )
            .Select(one => one.RoutePattern.RawText ?? "")
            .Where(pattern => !pattern.StartsWith("/control", StringComparison.Ordinal))
            .Distinct()
            .ToList();
        posts.ShouldContain("/account");
        var wrong = new List<string>();
        foreach (var pattern in posts)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, PathOf(pattern))
            {
                Headers = { { "Cookie", cookie }, { "Origin", "https://evil.example" } },
                Content = new FormUrlEncodedContent([]),
            };
            using var answer = await http.SendAsync(request);

            // A cookie is nothing to the API, so that no form of a stranger's page reaches it.
            var wanted = pattern.StartsWith("/api/", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized : HttpStatusCode.BadRequest;
            if (answer.StatusCode != wanted)
                wrong.Add($"{pattern}: {answer.StatusCode}");
        }

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/evil.example")]
    [InlineData("/a\r\nSet-Cookie: x=y")]
    public void LocalPath_ElsewhereOrBroken_IsTheDashboard(string to) => Session.LocalPath(to).ShouldBe("/");

    [Fact]
    public async Task Headers_OfEveryPage_AreStrict()
    {
        using var http = new HttpClient() { BaseAddress = new($"http://localhost:{product.Console.Port}") };
        using var answer = await http.GetAsync("/sign-in");
        string Header(string name) =>
            string.Join(
                ' ',
                answer.Headers.TryGetValues(name, out var values) ? values
                    : answer.Content.Headers.TryGetValues(name, out values) ? values
                    : []
            );
        Header("Content-Security-Policy").ShouldContain("script-src 'self';");
        Header("Content-Security-Policy").ShouldContain("frame-ancestors 'none'");
        Header("Content-Security-Policy").ShouldNotContain("unsafe-eval");
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        Header("X-Frame-Options").ShouldBe("DENY");
        Header("Cache-Control").ShouldContain("no-store");
        Header("Strict-Transport-Security").ShouldBe("");
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("<script>");
    }

    [Fact]
    public async Task Body_LongerThanAForm_IsRefused()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new($"http://localhost:{product.Console.Port}"),
        };
        using var answer = await http.PostAsync(
            "/sign-in",
            new ByteArrayContent(new byte[300 * 1024]) { Headers = { ContentType = new("application/x-www-form-urlencoded") } }
        );
        ((int)answer.StatusCode).ShouldBeOneOf(400, 413);
    }

    [Fact]
    public async Task Console_ThroughTheProxy_IsNotReached()
    {
        product.Console.Proxy.Guard(product.Console.Port);
        var run = await product.RunAsync(
            ["apply", "-"],
            $$"""
            { "routes": [ { "name": "console", "hosts": [ "console.example.com" ], "action": { "kind": "proxy", "pool": "console" } } ],
              "upstreamPools": [ { "name": "console", "servers": [ { "address": "http://localhost:{{product.Console.Port}}" } ] } ] }
            """
        );
        run.ExitCode.ShouldBe(0, run.Errors);
        (
            await Appliance.Testing.RawHttp.GetAsync(product.Console.Proxy.HttpEndPoint.Port, "/sign-in", "console.example.com")
        ).Status.ShouldBe(502);
    }

    private static string Wanted(string expected, string role)
    {
        var isPerson = role is not ("nobody" or "ended" or "disabled");
        return expected switch
        {
            "anybody" => "answer",
            "people" => isPerson ? "answer" : "sign-in",
            "administrators" => role == "administrator" ? "answer"
            : isPerson ? "403"
            : "sign-in",
            "token" => "401", // a cookie is not looked at
            "form" => "400",
            "circuit" => isPerson ? "past" : "401", // what the framework answers to half a message is its business
            "framework" => isPerson ? "past" : "sign-in",
            "fallback" or "people, not there" => isPerson ? "404" : "sign-in",
            _ => throw new ArgumentOutOfRangeException(nameof(expected), expected, null),
        };
    }

    private static async Task<string> AskAsync(HttpClient http, string endpoint, string? cookie)
    {
        var (method, pattern) = (endpoint.Split(' ')[0], endpoint.Split(' ')[1]);
        using var request = new HttpRequestMessage(new(method), PathOf(pattern)) { Headers = { { "Accept", "text/html" } } };
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        if (method == "POST")
            request.Content = new FormUrlEncodedContent([]);
        using var answer = await http.SendAsync(request);
        return answer.Headers.Location is { } to && to.ToString().Contains("/sign-in", StringComparison.Ordinal) ? "sign-in"
            : (int)answer.StatusCode is >= 200 and < 400 ? "answer"
            : ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
    }

    internal static string PathOf(string pattern) =>
        "/"
        + Parameter()
            .Replace(pattern, match => match.Value switch
                {
                    "{*path}" => "nowhere",
                    _ when match.Value.EndsWith(":long}", StringComparison.Ordinal) => "1",
                    _ => "5d0e51a7-8e0c-4d6f-9a43-0d6a4a0f5c11",
                })
            .TrimStart('/')
        + (pattern == "/audit/export" ? "?format=csv" : "");

    private IEnumerable<(string Method, string Pattern)> All() =>
        from endpoint in product.Console.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = endpoint.RoutePattern.RawText ?? ""
        let methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
        from method in methods is null || methods.Count == 0 || methods.Contains("GET") ? ["GET"] : methods
        select (method, pattern);

    // Files of ours that everybody may read are no endpoints of that kind.
    private IEnumerable<string> Endpoints() =>
        All()
            .Where(one => !one.Pattern.StartsWith("/control", StringComparison.Ordinal) && !Asset().IsMatch(one.Pattern))
            .Select(one => $"{one.Method} {one.Pattern}")
            .Distinct();

    private async Task<Somebody?> SomebodyAsync(string role) =>
        role == "nobody" ? null : await KindsOfPeople.MakeAsync(product.Console.Services, role);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(
        @"\.(css|js|svg|png|woff2|map|br|gz|html|json|txt|scss|md|ico)$|^_content/|^_framework/blazor|\{\*\*path:file\}|_framework/resource-collection"
    )]
    private static partial Regex Asset();
}

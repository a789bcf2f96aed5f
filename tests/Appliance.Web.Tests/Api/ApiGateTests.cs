using System.Net;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Frame;
using Appliance.Web.Hosting;
using Appliance.Web.Tests.Access;
using Appliance.Web.Tests.CommandLine;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Api;

/// <summary>Who gets into the API, and who may do what in it.</summary>
public sealed class ApiGateTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    private static readonly CancellationToken _none = CancellationToken.None;

    private IServiceProvider Services => product.Console.Services;

    /// <summary>Every request that there is, by the list of kinds, and whether it changes something.</summary>
    public static TheoryData<string, string, bool> Requests()
    {
        var all = new TheoryData<string, string, bool> { { "GET", "/api/v1/config", false }, { "PUT", "/api/v1/config", true } };
        foreach (var path in ConsoleFaces.Known.All.Select(face => "/api/v1" + face.Path))
        {
            all.Add("GET", path, false);
            all.Add("GET", path + "/nothing", false);
            all.Add("PUT", path + "/nothing", true);
            all.Add("DELETE", path + "/nothing", true);
            all.Add("POST", path + "/nothing/rename", true);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_ByScope_IsAnsweredByWhatItDoes(string method, string path, bool changes)
    {
        foreach (var scopes in new[] { "", "read", "connections", "write", "admin" })
        {
            using var client = scopes.Length == 0 ? new(product.Console.Port, null) : await MakeAsync(scopes);
            var answer = await client.SendAsync(method, path, changes && method != "DELETE" ? "[]" : null);
            var refused =
                scopes.Length == 0 ? HttpStatusCode.Unauthorized
                : changes && scopes is "read" or "connections" && changes ? HttpStatusCode.Forbidden
                : (HttpStatusCode?)null;
            if (refused is { } status)
                answer.Is(status).Headers.Keys.ShouldContain("WWW-Authenticate");
            else
                answer.Status.ShouldBeOneOf(
                    HttpStatusCode.OK,
                    HttpStatusCode.NotFound, // of that name
                    HttpStatusCode.UnprocessableEntity // the body is no document
                );
            if (refused is HttpStatusCode.Forbidden)
                (await product.LastAuditAsync()).ShouldSatisfyAllConditions(
                    line => line.Action.ShouldBe("config.api"),
                    line => line.Target.ShouldBe($"{method} {path}"),
                    line => line.Result.ShouldStartWith("not_allowed: Changing the config takes a token with the scope write")
                );
        }
    }

    [Fact]
    public async Task Token_ShownInAnotherWay_IsNotLookedAt()
    {
        using var good = await MakeAsync("admin");
        var ann = await Somebody.SignInAsync(Services, Role.Administrator);
        using var none = new ApiClient(product.Console.Port, null);
        foreach (
            var (path, headers) in new (string, (string, string)[])[]
            {
                ("/api/v1/config", [("Cookie", ann.Cookie)]),
                ("/api/v1/config?access_token=" + good.Token, []),
                ("/api/v1/config", [("Authorization", "Basic " + good.Token)]),
                ("/api/v1/config", [("Authorization", good.Token!)]), // it has one
                ("/api/v1/config", [("Authorization", "Bearer " + good.Token), ("Authorization", "Bearer " + good.Token)]),
                ("/api/v1/config", [("Authorization", "Bearer " + good.Token + "x")]),
                ("/api/v1/config", [("Authorization", "Bearer")]),
                ("/api/v1/nowhere", [("Cookie", ann.Cookie)]),
                ("/api", []),
                ("/API/v1/config", []),
            }
        )
        {
            var answer = (await none.SendAsync("GET", path, null, headers)).Is(HttpStatusCode.Unauthorized);
            answer.Headers["WWW-Authenticate"].ShouldStartWith("Bearer realm=\"Appliance\"");
            answer.Headers.Keys.ShouldNotContain("Set-Cookie");
            answer.Headers["Cache-Control"].ShouldBe("no-store");
        }

        (await none.SendAsync("GET", "/api/v1/config", null, ("Authorization", "bearer " + good.Token))).Is(HttpStatusCode.OK);
        (await none.SendAsync("OPTIONS", "/api/v1/config")).Is(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Token_RevokedExpiredOrOfSomebodyDisabledOrRemoved_IsRefusedFromThenOn()
    {
        var tokens = Services.GetRequiredService<ApiTokenStore>();
        await Somebody.SignInAsync(Services, Role.Administrator);
        var ann = await Somebody.SignInAsync(Services, Role.Administrator);
        var actor = new Actor(ann.Account.Name, "127.0.0.1", ann.Account.Grant, Session: ann.SessionId);
        using var own = await MakeAsync("admin", actor);
        (await own.GetAsync("/api/v1/routes")).Is(HttpStatusCode.OK);
        var people = Services.GetRequiredService<PeopleStore>();
        await people.ChangeRoleAsync(ann.Account.Id, Role.Viewer, AccessScope.Everything, Actor.Local("test"), _none);
        (await own.SendAsync("PUT", "/api/v1/config", "{}")).Is(HttpStatusCode.Forbidden).Text.ShouldContain("takes the role Operator");
        await people.DisableAsync(ann.Account.Id, true, Actor.Local("test"), _none);
        (await own.GetAsync("/api/v1/routes")).Is(HttpStatusCode.Unauthorized);
        await people.DisableAsync(ann.Account.Id, false, Actor.Local("test"), _none);
        (await own.GetAsync("/api/v1/routes")).Is(HttpStatusCode.OK);
        await people.RemoveAsync(ann.Account.Id, Actor.Local("test"), _none);
        (await own.GetAsync("/api/v1/routes")).Is(HttpStatusCode.Unauthorized).Code.ShouldBe("invalid_token");

        var made = await tokens.CreateAsync("short", TokenScopes.Admin, TimeSpan.FromSeconds(1), Actor.Local("test"), _none);
        using var brief = new ApiClient(product.Console.Port, made.ShouldBeOfType<TokenResult.Created>().Text);
        await Eventually.TrueAsync(
            async () => (await brief.GetAsync("/api/v1/routes")).Status == HttpStatusCode.Unauthorized,
            "it has expired"
        );
    }

    [Fact]
    public async Task Paths_ThatAreNotThere_AndMethods_HaveTheirProblem()
    {
        using var client = await MakeAsync("admin");
        (await client.GetAsync("/api/v2/config")).Is(HttpStatusCode.NotFound);
        (await client.GetAsync("/api")).Is(HttpStatusCode.NotFound);
        (await client.GetAsync("/api/v1/upstreamPools")).Is(HttpStatusCode.NotFound);
        var wrong = (await client.SendAsync("PATCH", "/api/v1/routes/chat", "{}")).Is(HttpStatusCode.MethodNotAllowed);
        wrong.Headers["Allow"].Split(", ").Order().ShouldBe(["DELETE", "GET", "PUT"]);
        (await client.SendAsync("POST", "/api/v1/config", "{}")).Is(HttpStatusCode.MethodNotAllowed);
        (await client.SendAsync("HEAD", "/api/v1/config")).Status.ShouldBe(HttpStatusCode.OK);
        (await client.SendAsync("PUT", "/api/v1/config", "{}", ("Content-Type", "application/x-www-form-urlencoded"))).Is(
            HttpStatusCode.UnsupportedMediaType
        );
        (await client.SendAsync("GET", "/api/v1/config", null, ("Accept", "text/html"))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Names_OfStrangers_AreNotAnsweredEvenWithAToken()
    {
        using var client = await MakeAsync("admin");
        (await client.SendAsync("GET", "/api/v1/config", null, ("Host", "evil.example"))).Is(HttpStatusCode.MisdirectedRequest);
    }

    [Theory]
    [InlineData("/api/v1/config", 403)]
    [InlineData("/API/v1/config", 403)]
    [InlineData("/api", 403)]
    [InlineData("/apis", 308)]
    [InlineData("/routes", 308)]
    public async Task PlainHttp_WhereHttpsIsDemanded_IsRefusedAndNotRedirected(string path, int status)
    {
        var context = new DefaultHttpContext();
        (context.Request.Scheme, context.Request.Host, context.Request.Path) = ("http", new("10.0.0.1:8081"), path);
        context.Request.Headers.Authorization = "Bearer secret";
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        context.Response.Body = new MemoryStream();
        await ConsoleScheme.GuardAsync(context, _ => throw new InvalidOperationException("It was let in."), new(), () => 8443);
        context.Response.StatusCode.ShouldBe(status);
        context.Response.Headers.Location.Count.ShouldBe(status == 308 ? 1 : 0);
    }

    [Fact]
    public async Task Bodies_LongerThanAForm_AreTakenFromWritersOnly()
    {
        var document = "{ \"revision\": 999999, \"routes\": [] }" + new string(' ', 300 * 1024);
        using var writer = await MakeAsync("write");
        (await writer.SendAsync("PUT", "/api/v1/config", document)).Is(HttpStatusCode.PreconditionFailed);
        using var reader = await MakeAsync("read");
        (await reader.SendAsync("PUT", "/api/v1/config", document)).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Token_RevokedWhileItsDocumentIsOnTheWay_StoresNothing()
    {
        using var client = await MakeAsync("write");
        var store = Services.GetRequiredService<ConfigStore>();
        var before = (await store.ReadHeadAsync(_none)).Number;
        var tokens = Services.GetRequiredService<ApiTokenStore>();
        var all = await tokens.ListAsync(Actor.Local("test"), _none);
        var name = all.Single(token => client.Token!.StartsWith(token.Start)).Name; // it has one
        var put = client.SendSlowlyAsync("/api/v1/pools/late", """{ "servers": [ { "address": "http://127.0.0.1:9" } ] }""", async () =>
        {
            // The gate has let it in: it was used.
            await Eventually.TrueAsync(
                async () =>
                    (await tokens.ListAsync(Actor.Local("test"), _none)).Single(token => token.Name == name).LastUsedUtc is not null,
                "its head was read"
            );
            (await tokens.RevokeAsync(name, Actor.Local("test"), _none)).ShouldBeOfType<TokenResult.Revoked>();
        });
        (await put).ShouldBe(HttpStatusCode.Forbidden);
        (await store.ReadHeadAsync(_none)).Number.ShouldBe(before);
    }

    [Fact]
    public async Task Audit_OfEverythingThatWasDone_HasNoToken()
    {
        using var client = await MakeAsync("read");
        await client.SendAsync("PUT", "/api/v1/config", "{}");
        var lines = await Services.GetRequiredService<AuditStore>().ListAsync(new(), 1000, null, Actor.Local("test"), _none);
        var secret = client.Token!.Substring(8); // it has one
        lines.ShouldAllBe(line => !$"{line.Actor}{line.Target}{line.Before}{line.After}{line.Result}".Contains(secret));
    }

    private Task<ApiClient> MakeAsync(string scopes, Actor? actor = null) =>
        ApiClient.MakeAsync(Services, product.Console.Port, scopes, actor);
}

using System.Text.Json.Nodes;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.SignIn.Oidc;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.SignIn.Oidc;

/// <summary>A session goes on for days; the groups at the provider change meanwhile.</summary>
public sealed class RoleRefreshTests : IAsyncLifetime
{
    private HostileProvider provider = null!; // InitializeAsync comes first
    private ConsoleUnderTest console = null!; // InitializeAsync comes first

    public async Task InitializeAsync()
    {
        provider = await HostileProvider.StartAsync();
        provider.GivesRefreshTokens = true;
        console = await ConsoleUnderTest.StartAsync(with: options => options with
        {
            Oidc =
            [
                new()
                {
                    Number = 1, Name = "Tests", Authority = new(provider.Issuer), ClientId = HostileProvider.ClientId, ClientSecret = HostileProvider.ClientSecret, Scopes = ["openid"],
                    Rules = RoleRules.Parse("groups:admins=Administrator;groups:ops=Operator", _ => { }),
                },
            ],
        });
        Groups("ops");
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() });
        var at = new Uri($"http://127.0.0.1:{console.Port}/sign-in/oidc/1");
        for (var hop = 0; hop < 3; hop++)
        {
            using var answer = await browser.GetAsync(at);
            at = new Uri(at, answer.Headers.Location!);
        }

        at.AbsolutePath.ShouldBe("/");
        (await SessionsAsync()).ShouldBe(1);
    }

    public async Task DisposeAsync()
    {
        await console.DisposeAsync();
        await provider.DisposeAsync();
    }

    [Fact]
    public async Task Ask_GroupsAreOthers_TheRoleIsAnotherAndTheSessionGoesOn()
    {
        Groups("admins");
        await AskAsync();
        (await AccountAsync()).Role.ShouldBe(Role.Administrator);
        (await SessionsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Ask_NoRuleFitsAnyMore_TheSessionEnds()
    {
        Groups("staff");
        await AskAsync();
        (await SessionsAsync()).ShouldBe(0);
        (await LastAuditAsync()).ShouldBe(("session.refresh", "no_role"));
    }

    [Theory]
    [InlineData(ProviderLie.CodeRefused, "token_refused")]
    [InlineData(ProviderLie.ForeignSignature, "bad_signature")]
    [InlineData(ProviderLie.OtherIssuer, "wrong_issuer")]
    [InlineData(ProviderLie.OtherAudience, "wrong_audience")]
    [InlineData(ProviderLie.Expired, "expired")]
    public async Task Ask_ProviderVouchesNoMore_TheSessionEnds(ProviderLie lie, string code)
    {
        provider.Lie = lie;
        await AskAsync();
        (await SessionsAsync()).ShouldBe(0);
        (await LastAuditAsync()).ShouldBe(("session.refresh", code));
    }

    [Fact]
    public async Task Ask_AboutSomebodyElse_TheSessionEnds()
    {
        (provider.Subject, provider.Lie) = ("bob-1", ProviderLie.None);
        Groups("admins");
        await AskAsync();
        (await SessionsAsync()).ShouldBe(0);
        (await AccountAsync()).Role.ShouldBe(Role.Operator);
    }

    [Theory]
    [InlineData(ProviderLie.TokenEndpointAway)]
    [InlineData(ProviderLie.NoIdToken)]
    public async Task Ask_ProviderIsAwayOrSaysNothing_NothingChanges(ProviderLie lie)
    {
        Groups("staff");
        provider.Lie = lie;
        await AskAsync();
        (await SessionsAsync()).ShouldBe(1);
        (await AccountAsync()).Role.ShouldBe(Role.Operator);
    }

    [Fact]
    public async Task Ask_BeforeItIsDue_AsksNobody()
    {
        Groups("staff");
        await console.Services.GetRequiredService<RoleRefresh>().AskAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        (await SessionsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Ask_SessionHasEnded_ItsTokenIsForgotten()
    {
        await console.Services.GetRequiredService<SessionStore>().EndAllAsync((await AccountAsync()).Id, null, Actor.Local("test"), CancellationToken.None);
        console.Services.GetRequiredService<RefreshableSessions>().Count.ShouldBe(1);
        await AskAsync();
        console.Services.GetRequiredService<RefreshableSessions>().Count.ShouldBe(0);
    }

    private void Groups(string group) => provider.Claims = new JsonObject { ["preferred_username"] = "ann", ["groups"] = new JsonArray(group) };

    private Task AskAsync() => console.Services.GetRequiredService<RoleRefresh>().AskAsync(DateTimeOffset.UtcNow + RefreshableSessions.Every, CancellationToken.None);

    private async Task<int> SessionsAsync() => (await console.Services.GetRequiredService<SessionStore>().ListAsync(null, Actor.Local("test"), CancellationToken.None)).Count;

    private async Task<Account> AccountAsync() => (await console.Services.GetRequiredService<PeopleStore>().ListAsync(Actor.Local("test"), CancellationToken.None)).Single(account => account.Subject == "ann-1");

    private async Task<(string, string)> LastAuditAsync() =>
        (await console.Services.GetRequiredService<AuditStore>().ListAsync(new(), 1, null, Actor.Local("test"), CancellationToken.None)).Select(entry => (entry.Action, entry.Result)).Single();
}

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
    private HostileProvider _provider = null!; // InitializeAsync comes first
    private ConsoleUnderTest _console = null!; // InitializeAsync comes first

    public async Task InitializeAsync()
    {
        _provider = await HostileProvider.StartAsync();
        _provider.GivesRefreshTokens = true;
        _console = await ConsoleUnderTest.StartAsync(with: options =>
            options with
            {
                Oidc =
                [
                    new()
                    {
                        Number = 1,
                        Name = "Tests",
                        Authority = new(_provider.Issuer),
                        ClientId = HostileProvider.ClientId,
                        ClientSecret = HostileProvider.ClientSecret,
                        Scopes = ["openid"],
                        Rules = RoleRules.Parse("groups:admins=Administrator;groups:ops=Operator", _ => { }),
                    },
                ],
            }
        );
        Groups("ops");
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() });
        var at = new Uri($"http://127.0.0.1:{_console.Port}/sign-in/oidc/1");
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
        await _console.DisposeAsync();
        await _provider.DisposeAsync();
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
        _provider.Lie = lie;
        await AskAsync();
        (await SessionsAsync()).ShouldBe(0);
        (await LastAuditAsync()).ShouldBe(("session.refresh", code));
    }

    [Fact]
    public async Task Ask_AboutSomebodyElse_TheSessionEnds()
    {
        (_provider.Subject, _provider.Lie) = ("bob-1", ProviderLie.None);
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
        _provider.Lie = lie;
        await AskAsync();
        (await SessionsAsync()).ShouldBe(1);
        (await AccountAsync()).Role.ShouldBe(Role.Operator);
    }

    [Fact]
    public async Task Ask_BeforeItIsDue_AsksNobody()
    {
        Groups("staff");
        await _console.Services.GetRequiredService<RoleRefresh>().AskAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        (await SessionsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Ask_SessionHasEnded_ItsTokenIsForgotten()
    {
        await _console
            .Services.GetRequiredService<SessionStore>()
            .EndAllAsync((await AccountAsync()).Id, null, Actor.Local("test"), CancellationToken.None);
        _console.Services.GetRequiredService<RefreshableSessions>().Count.ShouldBe(1);
        await AskAsync();
        _console.Services.GetRequiredService<RefreshableSessions>().Count.ShouldBe(0);
    }

    private void Groups(string group) =>
        _provider.Claims = new JsonObject { ["preferred_username"] = "ann", ["groups"] = new JsonArray(group) };

    private Task AskAsync() =>
        _console
            .Services.GetRequiredService<RoleRefresh>()
            .AskAsync(DateTimeOffset.UtcNow + RefreshableSessions.Every, CancellationToken.None);

    private async Task<int> SessionsAsync() =>
        (await _console.Services.GetRequiredService<SessionStore>().ListAsync(null, Actor.Local("test"), CancellationToken.None)).Count;

    private async Task<Account> AccountAsync() =>
        (await _console.Services.GetRequiredService<PeopleStore>().ListAsync(Actor.Local("test"), CancellationToken.None)).Single(account =>
            account.Subject == "ann-1"
        );

    private async Task<(string, string)> LastAuditAsync() =>
        (await _console.Services.GetRequiredService<AuditStore>().ListAsync(new(), 1, null, Actor.Local("test"), CancellationToken.None))
            .Select(entry => (entry.Action, entry.Result))
            .Single();
}

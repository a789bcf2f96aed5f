using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;
using Appliance.Web.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.SignIn.Oidc;

public sealed class FreshSignInTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Needed_SessionOfAProviderThatIsAMomentOld_IsNone()
    {
        var services = product.Console.Services;
        var accounts = services.GetRequiredService<AccountStore>();
        var welcome = (
            await accounts.SignInExternalAsync(
                new("https://login.example.com", "1", "Company", "ann", Role.Administrator, AccessScope.Everything),
                "127.0.0.1",
                CancellationToken.None
            )
        ).ShouldBeOfType<SignInResult.Welcome>();
        var session = await services
            .GetRequiredService<SessionStore>()
            .BeginAsync(welcome.Account, new("127.0.0.1", "tests", "https://login.example.com", "s"), CancellationToken.None);
        (
            await services
                .GetRequiredService<FreshSignIn>()
                .NeededAsync(Session.Of(welcome.Account, session.Id), "/people", CancellationToken.None)
        ).ShouldBeNull();
        (
            await services
                .GetRequiredService<FreshSignIn>()
                .NeededAsync(new ClaimsPrincipal(new ClaimsIdentity()), "/people", CancellationToken.None)
        ).ShouldBeNull();
    }

    [Fact]
    public async Task Needed_SessionOfAProviderThatIsOld_GoesThereAndComesBack()
    {
        var services = product.Console.Services;
        var settings = new SignInSettings
        {
            Oidc =
            [
                new()
                {
                    Number = 3,
                    Name = "x",
                    Authority = new("https://login.example.com"),
                    ClientId = "c",
                    Scopes = ["openid"],
                    Rules = new([]),
                },
            ],
        };
        using var providers = new OidcProviders(settings, TimeProvider.System);
        var later = TestTime.New();
        later.Advance(TimeSpan.FromDays(3650));
        var fresh = new FreshSignIn(providers, services.GetRequiredService<SessionStore>(), later);
        var welcome = (
            await services
                .GetRequiredService<AccountStore>()
                .SignInExternalAsync(
                    new("https://login.example.com", "2", "Company", "bob", Role.Administrator, AccessScope.Everything),
                    "127.0.0.1",
                    CancellationToken.None
                )
        ).ShouldBeOfType<SignInResult.Welcome>();
        async Task<string?> NeededAsync(string? provider) =>
            await fresh.NeededAsync(
                Session.Of(
                    welcome.Account,
                    (
                        await services
                            .GetRequiredService<SessionStore>()
                            .BeginAsync(welcome.Account, new("127.0.0.1", "tests", provider, "s"), CancellationToken.None)
                    ).Id
                ),
                "/people/5",
                CancellationToken.None
            );
        (await NeededAsync("https://login.example.com/")).ShouldBe("/sign-in/oidc/3/again?to=%2Fpeople%2F5");
        (await NeededAsync(null)).ShouldBeNull();
        (await NeededAsync("https://gone.example.com")).ShouldBeNull();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(599, true)]
    [InlineData(600, false)]
    public void IsFresh_TenMinutes(int seconds, bool fresh) =>
        FreshSignIn
            .IsFresh(
                new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
                new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(seconds)
            )
            .ShouldBe(fresh);
}

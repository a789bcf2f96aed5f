using System.Net;
using Appliance.Data.Rights;
using Appliance.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>What a sign-in by a provider brings, and how it ends there and here.</summary>
public sealed class HonestProviderTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    [Theory]
    [InlineData("admins", Role.Administrator, "")]
    [InlineData("ops", Role.Operator, "")]
    [InlineData("team-a", Role.Operator, "host:*.a.example.com")]
    public async Task SignIn_Groups_GiveRoleAndScopeAnewEachTime(string group, Role role, string scope)
    {
        using var browser = await console.SignedInAsync("staff", group);
        await using var db = console.Database();
        var account = await db.Accounts.AsNoTracking().SingleAsync(one => one.Subject == "ann-1");
        (account.Name, account.Role, account.Scope, account.Provider).ShouldBe(("ann · Tests", role, scope, console.Provider.Issuer));
        var session = await db.Sessions.AsNoTracking().OrderByDescending(one => one.CreatedUtc).FirstAsync();
        (session.Provider, session.ProviderSession).ShouldBe((console.Provider.Issuer, "there-1"));
        (await console.AuditAsync()).First(entry => entry.Action == "sign_in.oidc").Result.ShouldBe("ok");
    }

    [Fact]
    public async Task Question_AndRedemption_AreProtected()
    {
        using var browser = await console.SignedInAsync("ops");
        var question = console.Provider.LastQuestion;
        (question["response_type"], question["client_id"], question["scope"], question["code_challenge_method"]).ShouldBe(
            ("code", HostileProvider.ClientId, "openid profile email", "S256")
        );
        question["redirect_uri"].ShouldBe(console.Url + "/signin-oidc");
        question["nonce"].Length.ShouldBeGreaterThan(40);
        question.Keys.ShouldNotContain("client_secret");
        var verifier = console.Provider.LastRedemption["code_verifier"];
        WebEncoders
            .Base64UrlEncode(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(verifier)))
            .ShouldBe(question["code_challenge"]);
    }

    [Fact]
    public async Task SignIn_GroupsOnlyInTheUserInformation_AreFound()
    {
        console.Reset();
        console.Provider.Claims.Remove("groups");
        console.Provider.UserInfo = new() { ["groups"] = "ops" };
        using var browser = ConsoleWithProvider.Browser();
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1?to=/account"))
            .Way[^1]
            .ShouldBe(console.Url + "/account");
    }

    [Fact]
    public async Task SignIn_ReturnAddressOfAnotherSite_IsNotFollowed()
    {
        console.Reset(ProviderLie.None, "ops");
        using var browser = ConsoleWithProvider.Browser();
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1?to=//evil.example/"))
            .Way[^1]
            .ShouldBe(console.Url + "/");
    }

    [Fact]
    public async Task SignOut_GoesToTheProviderAndBack()
    {
        using var browser = await console.SignedInAsync("ops");
        using var page = await browser.GetAsync(console.Url + "/account");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain($"form-action 'self' {console.Provider.Issuer}");
        var there = await ConsoleWithProvider.SignOutAsync(browser, console.Url);
        there.GetLeftPart(UriPartial.Path).ShouldBe(console.Provider.Issuer + "/end");
        var parameters = QueryHelpers.ParseQuery(there.Query);
        parameters["id_token_hint"].ToString().Split('.').Length.ShouldBe(3);
        parameters["post_logout_redirect_uri"].ToString().ShouldBe(console.Url + "/signout-callback-oidc");
        (await console.IsSignedInAsync(browser)).ShouldBeFalse();
        (
            await ConsoleWithProvider.FollowAsync(
                browser,
                $"{console.Url}/signout-callback-oidc?state={Uri.EscapeDataString(parameters["state"].ToString())}"
            )
        ).Page.ShouldContain("here and at the provider");
        (await ConsoleWithProvider.FollowAsync(browser, $"{console.Url}/signout-callback-oidc?state=x")).Page.ShouldNotContain(
            "here and at the provider"
        );
    }

    [Fact]
    public async Task Again_AsksForAFreshSignInOfTheSamePerson()
    {
        console.Reset(ProviderLie.None, "admins");
        console.Provider.Claims["sid"] = "there-again";
        using var browser = ConsoleWithProvider.Browser();
        await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1");
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1/again?to=/account"))
            .Way[^1]
            .ShouldBe(console.Url + "/account");
        await using var db = console.Database();
        (await db.Sessions.CountAsync(session => session.ProviderSession == "there-again")).ShouldBe(
            1,
            "the fresh session takes the place of the old one"
        );
        (console.Provider.LastQuestion["max_age"], console.Provider.LastQuestion["prompt"]).ShouldBe(("0", "login"));

        console.Provider.Lie = ProviderLie.OldSignIn;
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1/again?to=/account"))
            .Way[^1]
            .ShouldContain("refused=stale_sign_in");
        console.Reset(ProviderLie.None, "admins");
        console.Provider.Subject = "bob-1";
        console.Provider.Claims["preferred_username"] = "bob";
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1/again?to=/account"))
            .Way[^1]
            .ShouldContain("refused=another_person");
        (await console.IsSignedInAsync(browser)).ShouldBeTrue();
        (await db.Accounts.AnyAsync(account => account.Subject == "bob-1")).ShouldBeFalse();
    }

    [Fact]
    public async Task Trial_OfAnAdministrator_SignsNobodyIn()
    {
        using var browser = await console.SignedInAsync("admins");
        await using var db = console.Database();
        var before = await db.Sessions.CountAsync();
        console.Provider.Subject = "carl-1";
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1/try"))
            .Way[^1]
            .ShouldContain("/people/sign-in-providers?trial=");
        (await db.Sessions.CountAsync()).ShouldBe(before);
        (await db.Accounts.AnyAsync(account => account.Subject == "carl-1")).ShouldBeFalse();
    }

    [Fact]
    public async Task Trial_OfSomebodyElse_IsForbidden()
    {
        using var browser = await console.SignedInAsync("ops");
        using var answer = await browser.GetAsync(console.Url + "/sign-in/oidc/1/try");
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var stranger = ConsoleWithProvider.Browser();
        (await ConsoleWithProvider.FollowAsync(stranger, console.Url + "/sign-in/oidc/1/again")).Way[^1].ShouldContain("/sign-in?to=");
    }

    [Fact]
    public async Task DisabledAccount_IsRefused()
    {
        using var browser = await console.SignedInAsync("ops");
        console.Provider.Subject = "dora-1";
        console.Provider.Claims["preferred_username"] = "dora";
        using var dora = ConsoleWithProvider.Browser();
        await ConsoleWithProvider.FollowAsync(dora, console.Url + "/sign-in/oidc/1");
        await using var db = console.Database();
        await db
            .Accounts.Where(account => account.Subject == "dora-1")
            .ExecuteUpdateAsync(set => set.SetProperty(account => account.Disabled, true));
        (await ConsoleWithProvider.FollowAsync(dora, console.Url + "/sign-in/oidc/1")).Way[^1].ShouldContain("refused=disabled");
        (await console.AuditAsync()).Count(entry => entry.Result == "disabled").ShouldBe(1);
    }
}

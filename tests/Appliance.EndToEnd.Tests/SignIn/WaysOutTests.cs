using System.Net;
using System.Text.RegularExpressions;
using Appliance.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>Nobody is left where they cannot go on: refused, at a provider that says little, or at one that is down.</summary>
public sealed class WaysOutTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    [Fact]
    public async Task NoRole_ThePageSaysWhoAndWhyAndOffersAnotherAccount()
    {
        console.Reset(ProviderLie.None, "staff");
        console.Provider.Claims["preferred_username"] = "<ann>";
        using var browser = ConsoleWithProvider.Browser();
        var (way, _, page) = await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1?to=/routes");
        way[^1].ShouldContain("refused=no_role");
        page.ShouldContain("Tests calls you <strong>&lt;ann&gt;</strong>");
        page.ShouldContain("The rules look at <code>groups</code>; Tests says staff.");

        // Another account: the provider is told to ask, and the page that was wanted is kept.
        await ConsoleWithProvider.FollowAsync(browser, console.Url + LinkIn(page, "another=1"));
        console.Provider.LastQuestion["prompt"].ShouldBe("select_account");
        using var leave = await browser.GetAsync(console.Url + LinkIn(page, "leave"));
        leave.Headers.Location!.GetLeftPart(UriPartial.Path).ShouldBe(console.Provider.Issuer + "/end");
        QueryHelpers.ParseQuery(leave.Headers.Location.Query)["id_token_hint"].ToString().Split('.').Length.ShouldBe(3);

        // What an address makes up says nothing.
        var made = new Uri(way[^1]);
        (
            await ConsoleWithProvider.FollowAsync(browser, $"{console.Url}/sign-in?refused=no_role&provider=1&who=ffff")
        ).Page.ShouldNotContain("calls you");
        var key = QueryHelpers.ParseQuery(made.Query)["who"];
        (
            await ConsoleWithProvider.FollowAsync(browser, $"{console.Url}/sign-in?refused=no_role&provider=2&who={key}")
        ).Page.ShouldNotContain("calls you");
    }

    [Fact]
    public async Task NoSignInTime_CountsOnlyAfterASignOut()
    {
        console.Reset(ProviderLie.None, "admins");
        console.Provider.Variation = claims => claims.Remove("auth_time");
        using var browser = ConsoleWithProvider.Browser();
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1?to=/account"))
            .Way[^1]
            .ShouldBe(console.Url + "/account");
        (await ProvedAsync()).ShouldBe(DateTime.UnixEpoch, "nobody knows when");

        var (way, _, page) = await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1/again?to=/people");
        way[^1].ShouldContain("refused=no_sign_in_time");
        page.ShouldContain("Sign out here, then sign in again: that counts.");
        page.ShouldContain("action=\"/sign-out\"");
        page.ShouldContain("name=\"to\" value=\"/people\"");
        (await console.IsSignedInAsync(browser)).ShouldBeTrue();

        var before = DateTime.UtcNow;
        await ConsoleWithProvider.SignOutAsync(browser, console.Url);
        await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1");
        console.Provider.LastQuestion["prompt"].ShouldBe("login");
        (await ProvedAsync()).ShouldBeGreaterThanOrEqualTo(before);
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/people/new")).Page.ShouldNotContain("confirm first that it is you");

        // Once: the next sign-in is one of those that prove nothing.
        await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1");
        console.Provider.LastQuestion.Keys.ShouldNotContain("prompt");
        (await ProvedAsync()).ShouldBe(DateTime.UnixEpoch);
    }

    [Fact]
    public async Task NoSignInTime_OldOneAfterASignOut_DoesNotCount()
    {
        using var browser = await console.SignedInAsync("admins");
        await ConsoleWithProvider.SignOutAsync(browser, console.Url);
        console.Provider.Lie = ProviderLie.OldSignIn;
        await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1");
        (await ProvedAsync()).ShouldBeLessThan(DateTime.UtcNow.AddMinutes(-30));
    }

    [Fact]
    public async Task SignOut_ProviderIsDown_EndsItHereAndSaysWhatCouldNotBeDone()
    {
        using var browser = await console.SignedInAsync("ops");
        try
        {
            // It counts as there for a few seconds more.
            await CountsAsync(isAway: true);
            var there = await ConsoleWithProvider.SignOutAsync(browser, console.Url);
            var (_, status, page) = await ConsoleWithProvider.FollowAsync(browser, new Uri(new(console.Url), there).ToString());
            status.ShouldBe(HttpStatusCode.OK);
            page.ShouldContain("You are signed out here. Tests could not be reached, so you may still be signed in there.");
            page.ShouldContain("/sign-in/oidc/1/leave");
            (await console.IsSignedInAsync(browser)).ShouldBeFalse();
        }
        finally
        {
            await CountsAsync(isAway: false);
        }
    }

    [Fact]
    public async Task Names_OfALocalAccountAndAProvidersPerson_SayWhichIsWhich()
    {
        console.Reset(ProviderLie.None, "ops");
        (console.Provider.Subject, console.Provider.Claims["preferred_username"]) = ("root-1", ConsoleWithProvider.Administrator);
        using var browser = ConsoleWithProvider.Browser();
        var page = WebUtility.HtmlDecode(
            (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1?to=/account")).Page
        );
        page.ShouldContain("root \u00b7 Tests");
        page.ShouldContain("at Tests");
        (await console.AuditAsync())
            .First(entry => entry.Action == "person.add" && entry.Target == "root \u00b7 Tests")
            .After!.ShouldEndWith("by Tests");
    }

    private Task CountsAsync(bool isAway)
    {
        console.Provider.IsAway = isAway;
        return Eventually.TrueAsync(
            async () =>
            {
                using var browser = ConsoleWithProvider.Browser();
                using var answer = await browser.GetAsync(console.Url + "/sign-in/oidc/1");
                return answer.Headers.Location!.OriginalString.Contains("refused=provider_away", StringComparison.Ordinal) == isAway;
            },
            isAway ? "it counts as away" : "it counts as there"
        );
    }

    private async Task<DateTime> ProvedAsync()
    {
        await using var db = console.Database();
        return (await db.Sessions.AsNoTracking().OrderByDescending(session => session.CreatedUtc).FirstAsync()).ProvedUtc;
    }

    private static string LinkIn(string page, string part) =>
        WebUtility.HtmlDecode(
            Regex
                .Matches(page, "href=\"([^\"]+)\"")
                .Select(match => match.Groups[1].Value)
                .First(address => address.Contains(part, StringComparison.Ordinal))
        );
}

using System.Diagnostics;
using System.Net;
using Appliance.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>Each lie of a provider is refused with its own reason, signs nobody in, and is in the audit.</summary>
public sealed class LyingProviderTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    [Theory]
    [InlineData(ProviderLie.OtherState, "wrong_state")]
    [InlineData(ProviderLie.NoState, "wrong_state")]
    [InlineData(ProviderLie.OtherIssParameter, "wrong_iss_parameter")]
    [InlineData(ProviderLie.NoIssParameter, "wrong_iss_parameter")]
    [InlineData(ProviderLie.AccessDenied, "access_denied")]
    [InlineData(ProviderLie.ServerError, "provider_error")]
    [InlineData(ProviderLie.NoCode, "provider_error")]
    [InlineData(ProviderLie.CodeRefused, "token_refused")]
    [InlineData(ProviderLie.TokenEndpointAway, "provider_away")]
    [InlineData(ProviderLie.TokenEndpointRedirects, "token_refused")]
    [InlineData(ProviderLie.HugeAnswer, "provider_away")]
    [InlineData(ProviderLie.SilentTokenEndpoint, "provider_away")]
    [InlineData(ProviderLie.NoJson, "bad_token")]
    [InlineData(ProviderLie.NoIdToken, "bad_token")]
    [InlineData(ProviderLie.Gibberish, "bad_token")]
    [InlineData(ProviderLie.ForeignSignature, "bad_signature")]
    [InlineData(ProviderLie.UnknownKey, "bad_signature")]
    [InlineData(ProviderLie.ChangedPayload, "bad_signature")]
    [InlineData(ProviderLie.Unsigned, "wrong_algorithm")]
    [InlineData(ProviderLie.UnsignedWithoutHash, "wrong_algorithm")]
    [InlineData(ProviderLie.TwoSubjects, "bad_token")]
    [InlineData(ProviderLie.OtherTokenType, "bad_token")]
    [InlineData(ProviderLie.HmacBySecret, "wrong_algorithm")]
    [InlineData(ProviderLie.HmacByPublicKey, "wrong_algorithm")]
    [InlineData(ProviderLie.OtherIssuer, "wrong_issuer")]
    [InlineData(ProviderLie.SlashedIssuer, "wrong_issuer")]
    [InlineData(ProviderLie.OtherAudience, "wrong_audience")]
    [InlineData(ProviderLie.NoAudience, "wrong_audience")]
    [InlineData(ProviderLie.TwoAudiences, "wrong_azp")]
    [InlineData(ProviderLie.OtherAzp, "wrong_azp")]
    [InlineData(ProviderLie.Expired, "expired")]
    [InlineData(ProviderLie.NoExpiry, "expired")]
    [InlineData(ProviderLie.IssuedInFuture, "not_yet_valid")]
    [InlineData(ProviderLie.NotYetValid, "not_yet_valid")]
    [InlineData(ProviderLie.OtherNonce, "wrong_nonce")]
    [InlineData(ProviderLie.NoNonce, "wrong_nonce")]
    [InlineData(ProviderLie.OtherAtHash, "wrong_at_hash")]
    [InlineData(ProviderLie.NoSubject, "bad_token")]
    public async Task SignIn_ProviderLies_IsRefusedWithItsReason(ProviderLie lie, string code)
    {
        console.Reset(lie, "admins");
        using var browser = ConsoleWithProvider.Browser();
        await RefusedAsync(browser, 1, code);
        console.Provider.Followed.ShouldBe(0, "code and secret go to the token endpoint and nowhere else");
    }

    [Theory]
    [InlineData(ProviderLie.OtherSubject, "wrong_subject")]
    [InlineData(ProviderLie.UserInfoRefused, "userinfo_refused")]
    public async Task SignIn_UserInformationLies_IsRefused(ProviderLie lie, string code)
    {
        console.Reset(lie);
        console.Provider.Claims.Remove("groups");
        console.Provider.UserInfo = new() { ["groups"] = "admins" };
        using var browser = ConsoleWithProvider.Browser();
        await RefusedAsync(browser, 1, code);
    }

    [Fact]
    public async Task SignIn_NoRuleFits_IsRefused()
    {
        console.Reset(ProviderLie.None, "staff");
        using var browser = ConsoleWithProvider.Browser();
        await RefusedAsync(browser, 1, "no_role");
    }

    [Theory]
    [InlineData(2, "bad_discovery")]
    [InlineData(3, "provider_away")]
    [InlineData(4, "provider_away")]
    public async Task SignIn_ProviderCannotBeUsed_SaysSoAndOffersTheLocalForm(int number, string code)
    {
        using var browser = ConsoleWithProvider.Browser();
        var page = await RefusedAsync(browser, number, code);
        page.ShouldContain("Password");
    }

    [Fact]
    public async Task Callback_OfAnotherBrowser_IsRefused()
    {
        // Somebody lures a victim to the address that ends their own sign-in: the victim would work in their account.
        console.Reset(ProviderLie.None, "admins");
        using var attacker = ConsoleWithProvider.Browser();
        var answer = await ToCallbackAsync(attacker);
        using var victim = ConsoleWithProvider.Browser();
        (await ConsoleWithProvider.FollowAsync(victim, answer)).Way[^1].ShouldContain("refused=wrong_state");
    }

    [Fact]
    public async Task Callback_Posted_IsRefused()
    {
        console.Reset(ProviderLie.None, "admins");
        using var browser = ConsoleWithProvider.Browser();
        var answer = new Uri(await ToCallbackAsync(browser));
        var fields = QueryHelpers.ParseQuery(answer.Query).Select(one => KeyValuePair.Create(one.Key, one.Value.ToString()));
        using var posted = await browser.PostAsync(answer.GetLeftPart(UriPartial.Path), new FormUrlEncodedContent(fields));
        posted.Headers.Location!.ToString().ShouldContain("refused=wrong_state");
        using var gibberish = await browser.PostAsync(
            answer.GetLeftPart(UriPartial.Path),
            new StringContent("x", null, "multipart/form-data")
        );
        gibberish.Headers.Location!.ToString().ShouldContain("refused=wrong_state");
        (await console.IsSignedInAsync(browser)).ShouldBeFalse();
    }

    [Fact]
    public async Task Callback_Twice_LeadsTheirOwnerToThePageAndNobodyElse()
    {
        console.Reset(ProviderLie.None, "admins");
        using var browser = ConsoleWithProvider.Browser();
        var answer = await ToCallbackAsync(browser);
        (await ConsoleWithProvider.FollowAsync(browser, answer)).Way[^1].ShouldBe(console.Url + "/routes");
        await using var db = console.Database();
        var sessions = await db.Sessions.CountAsync();
        (await ConsoleWithProvider.FollowAsync(browser, answer)).Way[^1].ShouldBe(console.Url + "/routes");
        (await db.Sessions.CountAsync()).ShouldBe(sessions, "the code is not redeemed again");
        using var other = ConsoleWithProvider.Browser();
        (await ConsoleWithProvider.FollowAsync(other, answer)).Way[^1].ShouldContain("refused=wrong_state");
        await ConsoleWithProvider.SignOutAsync(browser, console.Url);
        (await ConsoleWithProvider.FollowAsync(browser, answer)).Way[^1].ShouldContain("refused=wrong_state");
    }

    [Fact]
    public async Task Keys_ManyTokensOfUnknownKeys_AreReadOnceIn10Seconds()
    {
        console.Reset(ProviderLie.UnknownKey, "admins");
        using var browser = ConsoleWithProvider.Browser();
        await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1");
        var (before, started) = (console.Provider.KeyReads, Stopwatch.GetTimestamp());
        for (var attempt = 0; attempt < 5; attempt++)
            (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1"))
                .Way[^1]
                .ShouldContain("refused=bad_signature");

        // However slow the machine is: one for each ten seconds that have passed.
        (console.Provider.KeyReads - before).ShouldBeLessThanOrEqualTo(1 + (int)(Stopwatch.GetElapsedTime(started).TotalSeconds / 10));
    }

    private async Task<string> ToCallbackAsync(HttpClient browser)
    {
        using var start = await browser.GetAsync(console.Url + "/sign-in/oidc/1?to=/routes");
        using var there = await browser.GetAsync(start.Headers.Location);
        return there.Headers.Location!.ToString();
    }

    private async Task<string> RefusedAsync(HttpClient browser, int number, string code)
    {
        var (way, status, page) = await ConsoleWithProvider.FollowAsync(browser, $"{console.Url}/sign-in/oidc/{number}?to=/routes");
        way[^1].ShouldContain($"/sign-in?refused={code}&provider={number}", Case.Sensitive, console.Product.Output);
        status.ShouldBe(HttpStatusCode.OK);
        page.ShouldContain($"({code})");
        page.ShouldNotContain("<b>not today</b>");
        (await ConsoleWithProvider.FollowAsync(browser, console.Url + "/routes")).Way[^1].ShouldContain("/sign-in");
        var entry = (await console.AuditAsync()).First(one => one.Action == "sign_in.oidc");
        (entry.Result, string.IsNullOrEmpty(entry.After), entry.From).ShouldBe((code, false, "127.0.0.1"));
        return page;
    }
}

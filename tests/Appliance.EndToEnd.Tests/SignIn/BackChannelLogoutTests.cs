using System.Net;
using System.Text.Json.Nodes;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>A provider ends sessions by a token; nothing else does.</summary>
public sealed class BackChannelLogoutTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    [Theory]
    [InlineData("ann-1", null)]
    [InlineData(null, "there-1")]
    [InlineData("ann-1", "there-1")]
    public async Task Logout_OfPersonOrSession_EndsItAtOnceAndOnce(string? subject, string? session)
    {
        using var browser = await console.SignedInAsync("ops");
        var token = console.Provider.LogoutToken(subject, session);
        (await SendAsync(browser, token)).ShouldBe(HttpStatusCode.OK);
        (await console.IsSignedInAsync(browser)).ShouldBeFalse();
        (await SendAsync(browser, token)).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("another", null)]
    [InlineData(null, "another")]
    [InlineData("ann-1", "another")]
    public async Task Logout_OfSomebodyElse_EndsNothing(string? subject, string? session)
    {
        using var browser = await console.SignedInAsync("ops");
        (await SendAsync(browser, console.Provider.LogoutToken(subject, session))).ShouldBe(HttpStatusCode.OK);
        (await console.IsSignedInAsync(browser)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("iss", "\"https://other.example\"", "wrong_issuer")]
    [InlineData("aud", "\"another-client\"", "wrong_audience")]
    [InlineData("iat", "1500000000", "expired")]
    [InlineData("iat", "4000000000", "not_yet_valid")]
    [InlineData("iat", null, "bad_token")]
    [InlineData("exp", "1500000000", "expired")]
    [InlineData("events", null, "bad_token")]
    [InlineData("events", "{ \"other\": {} }", "bad_token")]
    [InlineData("events", "[\"http://schemas.openid.net/event/backchannel-logout\"]", "bad_token")]
    [InlineData("nonce", "\"one\"", "wrong_nonce")]
    [InlineData("jti", null, "bad_token")]
    [InlineData("sub", null, "bad_token")]
    public async Task Logout_BadToken_IsRefusedAndEndsNothing(string claim, string? value, string code)
    {
        using var browser = await console.SignedInAsync("ops");
        var token = console.Provider.LogoutToken("ann-1", null, claims =>
        {
            claims.Remove(claim);
            if (value is not null)
                claims[claim] = JsonNode.Parse(value);
        });
        await RefusedAsync(browser, token, code);
    }

    [Fact]
    public async Task Logout_AnIdToken_IsNone()
    {
        using var browser = await console.SignedInAsync("ops");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await RefusedAsync(
            browser,
            console.Provider.Signed(
                new()
                {
                    ["iss"] = console.Provider.Issuer,
                    ["aud"] = HostileProvider.ClientId,
                    ["sub"] = "ann-1",
                    ["iat"] = now,
                    ["exp"] = now + 60,
                    ["jti"] = "1",
                }
            ),
            "bad_token"
        );
    }

    [Fact]
    public async Task Logout_SignedBySomebodyElse_IsRefused()
    {
        using var browser = await console.SignedInAsync("ops");
        await using var other = await HostileProvider.StartAsync();
        await RefusedAsync(browser, other.LogoutToken("ann-1", null, claims => claims["iss"] = console.Provider.Issuer), "bad_signature");
    }

    [Theory]
    [InlineData("")]
    [InlineData("other=1")]
    public async Task Logout_WithoutAToken_IsRefused(string body)
    {
        using var client = ConsoleWithProvider.Browser();
        using var answer = await client.PostAsync(
            console.Url + "/oidc/backchannel-logout",
            new StringContent(body, null, "application/x-www-form-urlencoded")
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task Logout_TooLong_IsRefused()
    {
        using var client = ConsoleWithProvider.Browser();
        using var answer = await client.PostAsync(
            console.Url + "/oidc/backchannel-logout",
            new FormUrlEncodedContent([new("logout_token", new('x', 200_000))])
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private async Task RefusedAsync(HttpClient browser, string token, string code)
    {
        using var answer = await browser.PostAsync(
            console.Url + "/oidc/backchannel-logout",
            new FormUrlEncodedContent([new("logout_token", token)])
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain($"\"error_description\":\"{code}:");
        (await console.IsSignedInAsync(browser)).ShouldBeTrue();
    }

    private async Task<HttpStatusCode> SendAsync(HttpClient browser, string token)
    {
        using var answer = await browser.PostAsync(
            console.Url + "/oidc/backchannel-logout",
            new FormUrlEncodedContent([new("logout_token", token)])
        );
        return answer.StatusCode;
    }
}

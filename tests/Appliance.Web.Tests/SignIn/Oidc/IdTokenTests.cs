using System.Collections.Immutable;
using System.IdentityModel.Tokens.Jwt;
using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.Testing;
using Appliance.Web.SignIn.Oidc;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.Tests.SignIn.Oidc;

/// <summary>Tokens as a provider signs them, held against what an id_token must say.</summary>
public sealed class IdTokenTests(IdTokenTests.Signer signer) : IClassFixture<IdTokenTests.Signer>
{
    private const string Access = "an access token";

    [Fact]
    public async Task IdToken_WhatWasAskedFor_IsTaken() => (await ReasonAsync(_ => { })).ShouldBeNull();

    // Moments are counted from now: with 60 s between the clocks, and ten of them for a slow machine.
    [Theory]
    [InlineData("exp", -50, null)]
    [InlineData("exp", -70, OidcReason.Expired)]
    [InlineData("iat", 50, null)]
    [InlineData("iat", 70, OidcReason.NotYetValid)]
    [InlineData("nbf", 50, null)]
    [InlineData("nbf", 70, OidcReason.NotYetValid)]
    [InlineData("nbf", 7000, OidcReason.NotYetValid)]
    public async Task IdToken_Times_MayBeAMinuteApart(string claim, int seconds, OidcReason? reason) =>
        (await ReasonAsync(claims => claims[claim] = Signer.Now + seconds)).ShouldBe(reason);

    [Theory]
    [InlineData("exp", "\"4000000000\"", OidcReason.Expired)]
    [InlineData("exp", "1e99", OidcReason.Expired)]
    [InlineData("exp", "-1", OidcReason.Expired)]
    [InlineData("exp", "null", OidcReason.Expired)]
    [InlineData("iat", "null", OidcReason.BadToken)]
    [InlineData("nbf", "\"now\"", OidcReason.NotYetValid)]
    [InlineData("iss", "\"https://login.example.com\"", OidcReason.WrongIssuer)]
    [InlineData("iss", "[\"ISSUER\"]", OidcReason.WrongIssuer)]
    [InlineData("iss", "\"ISSUER/\"", OidcReason.WrongIssuer)]
    [InlineData("aud", "[\"console\"]", null)]
    [InlineData("aud", "\"console2\"", OidcReason.WrongAudience)]
    [InlineData("aud", "\"Console\"", OidcReason.WrongAudience)]
    [InlineData("aud", "[]", OidcReason.WrongAudience)]
    [InlineData("aud", "[\"console\", \"other\"]", OidcReason.WrongAzp)]
    [InlineData("azp", "\"console\"", null)]
    [InlineData("azp", "\"other\"", OidcReason.WrongAzp)]
    [InlineData("azp", "null", OidcReason.WrongAzp)]
    [InlineData("nonce", "\"n-2\"", OidcReason.WrongNonce)]
    [InlineData("nonce", "\"\"", OidcReason.WrongNonce)]
    [InlineData("nonce", "[\"n-1\"]", OidcReason.WrongNonce)]
    [InlineData("at_hash", "\"AAAA\"", OidcReason.WrongAtHash)]
    [InlineData("at_hash", "null", OidcReason.WrongAtHash)]
    [InlineData("sub", "\"\"", OidcReason.BadToken)]
    [InlineData("sub", "7", OidcReason.BadToken)]
    public async Task IdToken_OneClaimIsOtherwise_HasItsReason(string claim, string value, OidcReason? reason) =>
        (
            await ReasonAsync(claims =>
                claims[claim] = JsonNode.Parse(value.Replace("ISSUER", signer.Provider.Issuer, StringComparison.Ordinal))
            )
        ).ShouldBe(reason);

    [Theory]
    [InlineData("iss", OidcReason.WrongIssuer)]
    [InlineData("aud", OidcReason.WrongAudience)]
    [InlineData("exp", OidcReason.Expired)]
    [InlineData("iat", OidcReason.BadToken)]
    [InlineData("nonce", OidcReason.WrongNonce)]
    [InlineData("sub", OidcReason.BadToken)]
    public async Task IdToken_OneClaimIsMissing_HasItsReason(string claim, OidcReason reason) =>
        (await ReasonAsync(claims => claims.Remove(claim))).ShouldBe(reason);

    [Fact]
    public async Task IdToken_TwoAudiencesOnOurBehalf_IsTaken() =>
        (
            await ReasonAsync(claims =>
            {
                claims["aud"] = new JsonArray("other", "console");
                claims["azp"] = "console";
            })
        ).ShouldBeNull();

    [Fact]
    public async Task IdToken_HashOfTheAccessToken_IsTaken() =>
        (await ReasonAsync(claims => claims["at_hash"] = HalfHash())).ShouldBeNull();

    [Theory]
    [InlineData(0L, null)]
    [InlineData(-60L, null)] // the clocks may be that far apart
    [InlineData(-61L, OidcReason.StaleSignIn)]
    [InlineData(null, OidcReason.NoSignInTime)]
    public void Age_FreshSignInWasAskedFor_AuthTimeHasToSaySo(long? seconds, OidcReason? reason)
    {
        var asked = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var claims = new JsonObject { ["auth_time"] = seconds is null ? null : asked.ToUnixTimeSeconds() + seconds };
        (IdTokenChecks.FaultOfAge(JsonSerializer.SerializeToElement(claims), asked, TimeSpan.Zero)?.Reason).ShouldBe(reason);
    }

    [Fact]
    public void Reasons_All_HaveACodeAndASentence()
    {
        OidcReasons.All.Select(OidcReasons.Code).Distinct().Count().ShouldBe(OidcReasons.All.Count());
        OidcReasons.All.ShouldAllBe(reason => OidcReasons.SentenceOf(OidcReasons.Code(reason)) == OidcReasons.Sentence(reason));
        OidcReasons.SentenceOf("<script>").ShouldBeNull();
    }

    private static string HalfHash() =>
        Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlEncode(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Access))[..16]
        );

    // The two places in which the framework's handler has an id_token of a sign-in checked.
    private async Task<OidcReason?> ReasonAsync(Action<JsonObject> change)
    {
        var claims = new JsonObject
        {
            ["iss"] = signer.Provider.Issuer,
            ["aud"] = "console",
            ["sub"] = "1",
            ["exp"] = Signer.Now + 300,
            ["iat"] = Signer.Now,
            ["nonce"] = "n-1",
        };
        change(claims);
        var text = signer.Provider.Signed(claims);
        var result = await signer.Ours.Tokens.ValidateTokenAsync(text, signer.Ours.Tokens.Parameters);
        if (!result.IsValid)
            return result.Exception.ShouldBeOfType<OidcRefusedException>().Fault.Reason;
        try
        {
            new OidcProtocolValidator().ValidateTokenResponse(
                new()
                {
                    ClientId = "console",
                    Nonce = "n-1",
                    ProtocolMessage = new OpenIdConnectMessage { IdToken = text, AccessToken = Access },
                    ValidatedIdToken = new JwtSecurityToken(text),
                }
            );
            return null;
        }
        catch (OidcRefusedException exception)
        {
            return exception.Fault.Reason;
        }
    }

    /// <summary>A provider, and what this console knows of it.</summary>
    public sealed class Signer : IAsyncLifetime
    {
        public static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        public HostileProvider Provider { get; private set; } = null!; // InitializeAsync comes first

        public OidcProvider Ours { get; private set; } = null!; // InitializeAsync comes first

        public async Task InitializeAsync()
        {
            Provider = await HostileProvider.StartAsync();
            Ours = new(
                new()
                {
                    Number = 1,
                    Name = "Tests",
                    Authority = new(Provider.Issuer),
                    ClientId = HostileProvider.ClientId,
                    Scopes = ImmutableArray.Create("openid"),
                    Rules = new([]),
                },
                null,
                TimeProvider.System
            );
        }

        public async Task DisposeAsync()
        {
            Ours.Dispose();
            await Provider.DisposeAsync();
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.Tests.SignIn.Oidc;

public sealed class IdTokenChecksTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Fact]
    public void FirstFault_WhatWasAskedFor_IsNone() => Check(_ => { }).ShouldBeNull();

    [Theory]
    [InlineData("exp", "1799999941", null)] // 59 s over: the clocks may be that far apart
    [InlineData("exp", "1799999940", OidcReason.Expired)]
    [InlineData("exp", "\"1800000300\"", OidcReason.Expired)]
    [InlineData("exp", "1e99", OidcReason.Expired)]
    [InlineData("exp", "-1", OidcReason.Expired)]
    [InlineData("iat", "1800000060", null)]
    [InlineData("iat", "1800000061", OidcReason.NotYetValid)]
    [InlineData("iat", "null", OidcReason.BadToken)]
    [InlineData("nbf", "1800000060", null)]
    [InlineData("nbf", "1800000061", OidcReason.NotYetValid)]
    [InlineData("nbf", "\"now\"", OidcReason.NotYetValid)]
    [InlineData("iss", "\"https://login.example.com/\"", OidcReason.WrongIssuer)]
    [InlineData("iss", "\"https://LOGIN.example.com\"", OidcReason.WrongIssuer)]
    [InlineData("iss", "[\"https://login.example.com\"]", OidcReason.WrongIssuer)]
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
    public void FirstFault_OneClaimIsOtherwise_HasItsReason(string claim, string value, OidcReason? reason) =>
        (Check(claims => claims[claim] = JsonNode.Parse(value))?.Reason).ShouldBe(reason);

    [Theory]
    [InlineData("iss", OidcReason.WrongIssuer)]
    [InlineData("aud", OidcReason.WrongAudience)]
    [InlineData("exp", OidcReason.Expired)]
    [InlineData("iat", OidcReason.BadToken)]
    [InlineData("nonce", OidcReason.WrongNonce)]
    [InlineData("sub", OidcReason.BadToken)]
    public void FirstFault_OneClaimIsMissing_HasItsReason(string claim, OidcReason reason) => Check(claims => claims.Remove(claim))!.Reason.ShouldBe(reason);

    [Fact]
    public void FirstFault_TwoAudiencesOnOurBehalf_IsNone() => Check(claims =>
    {
        claims["aud"] = new JsonArray("other", "console");
        claims["azp"] = "console";
    }).ShouldBeNull();

    [Theory]
    [InlineData("RS256", "jCCWs4Yz3vHkQwIBrf7x2A")]
    [InlineData("ES384", "x")]
    [InlineData("PS512", "x")]
    public void FirstFault_HashOfTheAccessToken_IsMadeAsTheSignatureIs(string algorithm, string other)
    {
        var good = Token(_ => { }, algorithm).HalfHash("an access token");
        good.ShouldNotBe(other);
        good.Length.ShouldBe(algorithm[^3..] switch { "256" => 22, "384" => 32, _ => 43 });
        Check(claims => claims["at_hash"] = good, algorithm).ShouldBeNull();
    }

    [Theory]
    [InlineData("1799999990", null)]
    [InlineData("1799999930", null)] // asked at 1799999990, 60 s of difference
    [InlineData("1799999929", OidcReason.StaleSignIn)]
    [InlineData(null, OidcReason.StaleSignIn)]
    public void FirstFault_FreshSignInWasAskedFor_AuthTimeHasToSaySo(string? value, OidcReason? reason) =>
        (IdTokenChecks.FirstFault(Token(claims => claims["auth_time"] = value is null ? null : JsonNode.Parse(value)), Expected with { MaxAge = TimeSpan.Zero }, Now)?.Reason).ShouldBe(reason);

    [Fact]
    public void Reasons_All_HaveACodeAndASentence()
    {
        OidcReasons.All.Select(OidcReasons.Code).Distinct().Count().ShouldBe(OidcReasons.All.Count());
        OidcReasons.All.ShouldAllBe(reason => OidcReasons.SentenceOf(OidcReasons.Code(reason)) == OidcReasons.Sentence(reason));
        OidcReasons.SentenceOf("<script>").ShouldBeNull();
    }

    private static IdTokenExpectation Expected { get; } =
        new() { Issuer = "https://login.example.com", ClientId = "console", Nonce = "n-1", AccessToken = "an access token", AskedAt = Now.AddSeconds(-10) };

    private static OidcFault? Check(Action<JsonObject> change, string algorithm = "RS256") => IdTokenChecks.FirstFault(Token(change, algorithm), Expected, Now);

    private static SignedToken Token(Action<JsonObject> change, string algorithm = "RS256")
    {
        var claims = new JsonObject { ["iss"] = "https://login.example.com", ["aud"] = "console", ["sub"] = "1", ["exp"] = 1_800_000_300, ["iat"] = 1_800_000_000, ["nonce"] = "n-1" };
        change(claims);
        return new(algorithm, "JWT", JsonSerializer.SerializeToElement(claims));
    }
}

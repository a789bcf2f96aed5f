using System.Security.Cryptography;
using System.Text;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>What an id_token must say to be the answer to our question.</summary>
public sealed record IdTokenExpectation
{
    /// <summary>The issuer, letter for letter.</summary>
    public required string Issuer { get; init; }

    /// <summary>Our name at the provider.</summary>
    public required string ClientId { get; init; }

    /// <summary>What we sent along.</summary>
    public required string Nonce { get; init; }

    /// <summary>The access token that came with it.</summary>
    public required string AccessToken { get; init; }

    /// <summary>When the sign-in began.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>How old the person's own sign-in at the provider may be; null: any.</summary>
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>The checks of OpenID Connect Core 1.0, 3.1.3.7 behind the signature, in the order of that section. Pure: the caller says what time it is.</summary>
public static class IdTokenChecks
{
    /// <summary>How far the clocks of the provider and of this machine may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>Longest key of a person (Core 1.0, 2).</summary>
    private const int LongestSubject = 255;

    /// <summary>The first thing that is wrong, or null.</summary>
    public static OidcFault? FirstFault(SignedToken token, IdTokenExpectation expected, DateTimeOffset now)
    {
        var claims = token.Claims;
        if (claims.Text("iss") != expected.Issuer)
            return new(OidcReason.WrongIssuer, $"The id_token is from {ProviderText.Short(claims.Text("iss"))}; expected {expected.Issuer}.");

        // A name that is good at one place must not be good at another: an id_token of another client is somebody else's.
        var audiences = claims.Texts("aud");
        if (!audiences.Contains(expected.ClientId))
            return new(OidcReason.WrongAudience, $"The id_token is for {ProviderText.Short(string.Join(", ", audiences))}; expected {expected.ClientId}.");
        if ((audiences.Count > 1 || claims.Has("azp")) && claims.Text("azp") != expected.ClientId)
            return new(OidcReason.WrongAzp, $"The authorized party is {ProviderText.Short(claims.Text("azp"))}; expected {expected.ClientId}.");
        if (FaultOfTimes(token, now) is { } fault)
            return fault;
        if (claims.Text("nonce") is not { } nonce || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(nonce), Encoding.UTF8.GetBytes(expected.Nonce)))
            return new(OidcReason.WrongNonce, claims.Has("nonce") ? "The nonce is not the one that was sent." : "The nonce is missing.");
        if (claims.Has("at_hash") && claims.Text("at_hash") != token.HalfHash(expected.AccessToken))
            return new(OidcReason.WrongAtHash, "The at_hash does not belong to the access token.");
        if (expected.MaxAge is { } age && !(claims.Moment("auth_time") >= expected.AskedAt - age - Skew))
            return new(OidcReason.StaleSignIn, $"A sign-in of at most {age.TotalSeconds:0} s ago was asked for; the provider says auth_time {ProviderText.Short(claims.Moment("auth_time")?.ToString("u"))}.");
        return claims.Text("sub") is { Length: > 0 and <= LongestSubject } ? null : new(OidcReason.BadToken, "The id_token does not say who it is about (sub).");
    }

    /// <summary>exp, nbf and iat, for id_tokens and logout tokens.</summary>
    internal static OidcFault? FaultOfTimes(SignedToken token, DateTimeOffset now)
    {
        var claims = token.Claims;
        if (claims.Moment("exp") is not { } expires || claims.Moment("iat") is not { } issued)
            return new(claims.Moment("exp") is null ? OidcReason.Expired : OidcReason.BadToken, "The token does not say when it was issued and until when it is good (exp, iat).");
        if (expires <= now - Skew)
            return new(OidcReason.Expired, $"The token was good until {expires:u}; it is {now:u} here.");
        if (issued > now + Skew)
            return new(OidcReason.NotYetValid, $"The token says that it was issued at {issued:u}; it is {now:u} here.");
        return claims.Has("nbf") && !(claims.Moment("nbf") <= now + Skew)
            ? new(OidcReason.NotYetValid, $"The token is good from {ProviderText.Short(claims.Moment("nbf")?.ToString("u"))} on; it is {now:u} here.") : null;
    }
}

using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// The checks of OpenID Connect Core 1.0, 3.1.3.7 that the library does not make of an id_token, or not as strictly. Pure: the caller says
/// what time it is.
/// </summary>
public static class IdTokenChecks
{
    /// <summary>How far the clocks of the provider and of this machine may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>Longest key of a person (Core 1.0, 2).</summary>
    private const int LongestSubject = 255;

    // The library reads a list of one text, and null, in its own way. Of another type, a claim is not what the standard says.
    private static readonly (string Claim, OidcReason Reason)[] _texts =
    [
        ("iss", OidcReason.WrongIssuer),
        ("azp", OidcReason.WrongAzp),
        ("nonce", OidcReason.WrongNonce),
        ("at_hash", OidcReason.WrongAtHash),
        ("sub", OidcReason.BadToken),
    ];

    /// <summary>The first thing that is wrong, or null.</summary>
    public static OidcFault? FirstFault(JsonElement claims, string clientId, DateTimeOffset now)
    {
        foreach (var (claim, reason) in _texts)
        {
            if (claims.Has(claim) && claims.Text(claim) is null)
                return new(reason, $"The claim {claim} is not a text.");
        }

        if ((claims.Texts("aud").Count > 1 || claims.Has("azp")) && claims.Text("azp") != clientId)
            return new(OidcReason.WrongAzp, $"The authorized party is {ProviderText.Short(claims.Text("azp"))}; expected {clientId}.");
        if (claims.Moment("exp") is null)
            return new(OidcReason.Expired, "The token does not say until when it is good (exp).");
        if (claims.Moment("iat") is not { } issued)
            return new(OidcReason.BadToken, "The token does not say when it was issued (iat).");
        if (issued > now + Skew)
            return new(OidcReason.NotYetValid, $"The token says that it was issued at {issued:u}; it is {now:u} here.");
        if (claims.Has("nbf") && claims.Moment("nbf") is null)
            return new(OidcReason.NotYetValid, "The token does not say from when on it is good (nbf).");
        return claims.Text("sub") is { Length: > 0 and <= LongestSubject }
            ? null
            : new(OidcReason.BadToken, "The id_token does not say who it is about (sub).");
    }

    /// <summary>
    /// What is wrong about the person's own sign-in at the provider, when one of at most <paramref name="age"/> was asked for.
    /// </summary>
    public static OidcFault? FaultOfAge(JsonElement claims, DateTimeOffset askedAt, TimeSpan age) =>
        claims.Moment("auth_time") is not { } proved
            ? new(
                OidcReason.NoSignInTime,
                $"A sign-in of at most {age.TotalSeconds:0} s ago was asked for; the provider does not say when the person signed in "
                    + "there (auth_time)."
            )
        : proved < askedAt - age - Skew
            ? new(
                OidcReason.StaleSignIn,
                $"A sign-in of at most {age.TotalSeconds:0} s ago was asked for; the provider says auth_time {proved:u}."
            )
        : null;
}

using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The checks of OpenID Connect Back-Channel Logout 1.0, 2.6, behind the signature.</summary>
public static class LogoutTokenChecks
{
    /// <summary>How old a logout token may be; as long, its key is remembered, so that it works once.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(5);

    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    /// <summary>The first thing that is wrong, or null. Pure.</summary>
    public static OidcFault? FirstFault(SignedToken token, string issuer, string clientId, DateTimeOffset now)
    {
        var claims = token.Claims;
        if (
            token.Type is { } type
            && !type.Equals("logout+jwt", StringComparison.OrdinalIgnoreCase)
            && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
        )
            return new(OidcReason.BadToken, $"The token is a {ProviderText.Short(type)}, not a logout token.");
        if (claims.Text("iss") != issuer)
            return new(OidcReason.WrongIssuer, $"The logout token is from {ProviderText.Short(claims.Text("iss"))}; expected {issuer}.");
        if (!claims.Texts("aud").Contains(clientId))
            return new(
                OidcReason.WrongAudience,
                $"The logout token is for {ProviderText.Short(string.Join(", ", claims.Texts("aud")))}; expected {clientId}."
            );
        if (claims.Moment("iat") is not { } issued)
            return new(OidcReason.BadToken, "The logout token does not say when it was issued (iat).");
        if (issued > now + IdTokenChecks.Skew)
            return new(OidcReason.NotYetValid, $"The logout token says that it was issued at {issued:u}; it is {now:u} here.");
        if (issued <= now - LongestLife || (claims.Has("exp") && !(claims.Moment("exp") > now - IdTokenChecks.Skew)))
            return new(OidcReason.Expired, $"The logout token is from {issued:u}; it is {now:u} here.");

        // An id_token is signed by the same key and names the same person; only these two tell that it is no order to sign somebody out.
        if (
            !claims.TryGetProperty("events", out var events)
            || events.ValueKind != JsonValueKind.Object
            || !events.TryGetProperty(Event, out var what)
            || what.ValueKind != JsonValueKind.Object
        )
            return new(OidcReason.BadToken, "The token is no logout token: it does not name the event.");
        if (claims.Has("nonce"))
            return new(OidcReason.WrongNonce, "A logout token has no nonce.");
        if (string.IsNullOrEmpty(claims.Text("sub")) && string.IsNullOrEmpty(claims.Text("sid")))
            return new(OidcReason.BadToken, "The logout token names neither a person nor a session (sub, sid).");
        return string.IsNullOrEmpty(claims.Text("jti")) ? new(OidcReason.BadToken, "The logout token has no key (jti).") : null;
    }
}

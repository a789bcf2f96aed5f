using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Signing out at the provider, too (OpenID Connect RP-Initiated Logout 1.0): without it, the next click would sign the same person in again.</summary>
public sealed class ProviderSignOut(OidcProviders providers, IDataProtectionProvider protection, TimeProvider time)
{
    private static readonly TimeSpan StateLifetime = TimeSpan.FromMinutes(15);

    private readonly ITimeLimitedDataProtector states = protection.CreateProtector("Appliance.Oidc.SignOut").ToTimeLimitedDataProtector();

    /// <summary>Where the browser goes once the session here is over; null when the session is local, or the provider has no such page or is away.</summary>
    public async Task<string?> TargetAsync(HttpContext context)
    {
        var session = await context.AuthenticateAsync(Session.Scheme);
        if (!session.Succeeded || ProviderSession.Of(session.Properties) is not { } kept || providers.Find(kept.Provider) is not { } provider)
            return null;
        try
        {
            if ((await provider.Metadata.GetAsync(context.RequestAborted)).EndSessionEndpoint is not { Length: > 0 } endpoint)
                return null;
            var parameters = new Dictionary<string, string?>
            {
                ["client_id"] = provider.Settings.ClientId,
                ["post_logout_redirect_uri"] = provider.Absolute(context.Request, provider.Settings.AfterLogoutPath),
                ["state"] = states.Protect(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), time.GetUtcNow() + StateLifetime),
            };
            if (kept.IdToken is { } hint)
                parameters["id_token_hint"] = hint;
            return QueryHelpers.AddQueryString(endpoint, parameters);
        }
        catch (OidcRefusedException)
        {
            // Going on is right: the session here ends in any case, which is what was asked for first.
            return null;
        }
    }

    /// <summary>Where people go who came back from the provider's sign-out: a state of ours says that they really did.</summary>
    public string Back(HttpContext context)
    {
        try
        {
            states.Unprotect(context.Request.Query["state"].ToString());
            return "/sign-in?signed-out=everywhere";
        }
        catch (CryptographicException)
        {
            return "/sign-in";
        }
    }
}

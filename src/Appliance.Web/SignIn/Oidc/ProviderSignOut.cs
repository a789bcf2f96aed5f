using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Signing out at the provider, too (OpenID Connect RP-Initiated Logout 1.0): without it, the next click would sign the same person in
/// again.
/// </summary>
public sealed class ProviderSignOut(OidcProviders providers, IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>In the address of the sign-in page: signed out here and at the provider.</summary>
    public const string Everywhere = "everywhere";

    /// <summary>Signed out here; the provider could not be reached.</summary>
    public const string ProviderAway = "here";

    /// <summary>Signed out here; the provider has no sign-out page.</summary>
    public const string NoPage = "only-here";

    private static readonly TimeSpan _stateLifetime = TimeSpan.FromMinutes(15);

    private readonly ITimeLimitedDataProtector _states = protection.CreateProtector("Appliance.Oidc.SignOut").ToTimeLimitedDataProtector();

    /// <summary>
    /// Where the browser goes once the session here is over: the provider's sign-out page, or a page of ours that says what could not be
    /// done. A provider that is down must not leave people at an error of their browser. <paramref name="hint"/> is the id_token, when
    /// there is one; <paramref name="to"/> is wanted afterwards.
    /// </summary>
    public async Task<string> NextAsync(HttpContext context, int number, string? hint, string to)
    {
        if (providers.Find(number) is not { } provider)
            return "/sign-in";
        try
        {
            if ((await provider.Metadata.ReachAsync(context.RequestAborted)).EndSessionEndpoint is not { Length: > 0 } endpoint)
                return Said(NoPage, number, to);
            var parameters = new Dictionary<string, string?>
            {
                ["client_id"] = provider.Settings.ClientId,
                ["post_logout_redirect_uri"] = provider.Absolute(context.Request, provider.Settings.AfterLogoutPath),
                ["state"] = _states.Protect(to, time.GetUtcNow() + _stateLifetime),
            };
            if (hint is not null)
                parameters["id_token_hint"] = hint;
            return QueryHelpers.AddQueryString(endpoint, parameters);
        }
        catch (OidcRefusedException)
        {
            // Going on is right: the session here has ended, which is what was asked for first.
            return Said(ProviderAway, number, to);
        }
    }

    /// <summary>Where people go who came back from the provider's sign-out: a state of ours says that they really did.</summary>
    public string Back(HttpContext context, int number)
    {
        try
        {
            return Said(Everywhere, number, Session.LocalPath(_states.Unprotect(context.Request.Query["state"].ToString())));
        }
        catch (CryptographicException)
        {
            return "/sign-in";
        }
    }

    private static string Said(string what, int number, string to) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"/sign-in?signed-out={what}&provider={number}{(to.Length > 1 ? "&to=" + Uri.EscapeDataString(to) : "")}"
        );
}

using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// The options of one provider's scheme. The framework's handler does the flow: PKCE, <c>state</c>, the cookie that ties both to a browser,
/// nonce, pushed requests, and the checks of the library. What it lets in and this product does not is refused in the four places that it
/// has for that: <see cref="ProviderTokens"/>, <see cref="OidcProtocolValidator"/>, <see cref="OidcSteps"/> and
/// <see cref="ProviderBackchannel"/>.
/// </summary>
internal sealed class OidcScheme(OidcProviders providers, CookieNames cookies) : IConfigureNamedOptions<OpenIdConnectOptions>
{
    /// <summary>How long a person may take at the provider.</summary>
    public static readonly TimeSpan LongestSignIn = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public void Configure(OpenIdConnectOptions options) => throw new InvalidOperationException("Every provider has a scheme with a name.");

    /// <inheritdoc/>
    public void Configure(string? name, OpenIdConnectOptions options)
    {
        var provider = providers.All.FirstOrDefault(candidate => candidate.Settings.Scheme == name)
            ?? throw new InvalidOperationException($"{name} has no provider.");
        var settings = provider.Settings;
        options.ClientId = settings.ClientId;
        options.ClientSecret = settings.ClientSecret;
        options.ConfigurationManager = provider.Metadata;
        options.Backchannel = provider.Client;
        options.SignInScheme = Session.Scheme;
        options.CallbackPath = settings.CallbackPath;
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.DisableTelemetry = true;
        options.SaveTokens = false;
        options.Scope.Clear();
        foreach (var scope in settings.Scopes)
            options.Scope.Add(scope);

        // Signing out is ours on both sides. The handler's address for it would end a session for anybody who links to it.
        options.RemoteSignOutPath = default;
        options.SignedOutCallbackPath = default;

        options.MapInboundClaims = false;
        options.TokenValidationParameters = provider.Tokens.Parameters;
        options.TokenHandler = provider.Tokens;
        options.ProtocolValidator = new OidcProtocolValidator();
        options.Events = new OidcSteps(provider);

        // "None", the handler's choice, needs https. The answer is a redirect by GET, for which Lax is enough, and a console on a LAN may
        // be plain http. The names begin as all cookies of the console do, so that the proxy keeps them from servers.
        options.RemoteAuthenticationTimeout = LongestSignIn;
        options.CorrelationCookie.Name = cookies.Oidc;
        options.NonceCookie.Name = cookies.OidcNonce;
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }
    }
}

using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Http;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The options of one provider's scheme.</summary>
public sealed class OidcOptions : OAuthOptions
{
    /// <summary>How long a person may take at the provider.</summary>
    public static readonly TimeSpan LongestSignIn = TimeSpan.FromMinutes(15);

    /// <summary>The provider.</summary>
    public OidcProvider Provider { get; private set; } = null!; // Use comes before anything else; Validate holds to that

    /// <summary>Takes over everything from the provider's settings.</summary>
    public void Use(OidcProvider provider)
    {
        Provider = provider;
        ClientId = provider.Settings.ClientId;
        ClientSecret = provider.Settings.ClientSecret ?? "";
        AuthorizationEndpoint = ""; // the handler puts the provider's own in front
        CallbackPath = provider.Settings.CallbackPath;
        Backchannel = provider.Client;
        SignInScheme = Session.Scheme;
        RemoteAuthenticationTimeout = LongestSignIn;
        UsePkce = true;
        Scope.Clear();
        foreach (var scope in provider.Settings.Scopes)
            Scope.Add(scope);

        // "None", the framework's choice, needs https; the answer is a redirect by GET, for which Lax is enough, and a console on a LAN may be plain http.
        CorrelationCookie.SameSite = SameSiteMode.Lax;
        CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }

    /// <summary>The endpoints, which the base asks for here, come from the provider's own document.</summary>
    public override void Validate()
    {
        ArgumentNullException.ThrowIfNull(Provider);
        ArgumentException.ThrowIfNullOrEmpty(ClientId);
    }
}

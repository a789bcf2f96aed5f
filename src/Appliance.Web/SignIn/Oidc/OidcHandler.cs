using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Appliance.Proxy.Config;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Sign-in by the authorization code flow of OpenID Connect Core 1.0, 3.1, in the shape of ASP.NET Core's own handler. State, correlation cookie and PKCE are the
/// base's; what the protocol adds to OAuth is here. What comes of a sign-in is decided in <see cref="OidcSignIn"/>.
/// </summary>
public sealed class OidcHandler(IOptionsMonitor<OidcOptions> options, ILoggerFactory logs, UrlEncoder encoder) : OAuthHandler<OidcOptions>(options, logs, encoder)
{
    private OpenIdConnectConfiguration? asked;

    private OidcProvider Provider => Options.Provider;

    private string RedirectUri => Provider.Absolute(Request, Provider.Settings.CallbackPath);

    /// <summary>Sends the browser to the provider. Throws <see cref="OidcRefusedException"/> when the provider is away.</summary>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        asked = await Provider.Metadata.ReachAsync(Context.RequestAborted);
        properties.Begin(Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32)), TimeProvider.GetUtcNow());
        await base.HandleChallengeAsync(properties);
    }

    /// <inheritdoc/>
    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri)
    {
        // The base knows one address for good; ours is in the provider's document, and is put in front of what the base made.
        var parameters = QueryHelpers.ParseQuery(base.BuildChallengeUrl(properties, RedirectUri)).ToDictionary(one => one.Key, one => one.Value.ToString());
        parameters["nonce"] = properties.Nonce();
        if (properties.MaxAge() is { } age)
        {
            parameters["max_age"] = ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            parameters["prompt"] = "login";
        }

        return QueryHelpers.AddQueryString(asked!.AuthorizationEndpoint, parameters!); // HandleChallengeAsync has just set it, and no value is null
    }

    /// <inheritdoc/>
    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        var trace = new SignInTrace();
        Context.Features.Set(trace);
        var properties = Options.StateDataFormat.Unprotect(Request.Query["state"]);
        try
        {
            var person = await VerifyAsync(properties, trace);
            Context.Features.Set(person);
            var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, person.Subject, null, person.Issuer), new(ClaimTypes.Name, person.Name, null, person.Issuer)], Scheme.Name);
            return HandleRequestResult.Success(new(new(identity), properties, Scheme.Name));
        }
        catch (OidcRefusedException exception)
        {
            trace.Refused(exception.Fault);
            return properties is null ? HandleRequestResult.Fail(exception) : HandleRequestResult.Fail(exception, properties);
        }
    }

    private async Task<VerifiedPerson> VerifyAsync(AuthenticationProperties? properties, SignInTrace trace)
    {
        // 1. The answer belongs to a question that this browser asked.
        if (properties is null)
            throw new OidcRefusedException(OidcReason.WrongState, Request.Query.ContainsKey("state") ? "The state was not sealed by this console." : "The state is missing.");
        if (!ValidateCorrelationId(properties))
            throw new OidcRefusedException(OidcReason.WrongState, "The state and the browser's cookie do not belong together.");
        if (TimeProvider.GetUtcNow() - properties.AskedAt() > OidcOptions.LongestSignIn)
            throw new OidcRefusedException(OidcReason.WrongState, $"The sign-in began at {properties.AskedAt():u}, which is too long ago.");
        trace.Done("Redirect", "The browser came back with the state that it took along.");

        // 2. It is from the provider that was asked (RFC 9207), before anything else in it counts.
        var provider = await Provider.Metadata.GetAsync(Context.RequestAborted);
        trace.Done("Discovery", $"{provider.Issuer}, {Keys(provider.SigningKeys.Count)}; signs by {ProviderText.Short(string.Join(", ", provider.IdTokenSigningAlgValuesSupported))}.");
        if (Request.Query.TryGetValue("iss", out var issuer) ? issuer != provider.Issuer : provider.AuthorizationResponseIssParameterSupported)
            throw new OidcRefusedException(OidcReason.WrongIssParameter, $"The answer names the issuer {ProviderText.Short(issuer)}; expected {provider.Issuer}.");
        if (Request.Query["error"].ToString() is { Length: > 0 } error)
            throw new OidcRefusedException(error == "access_denied" ? OidcReason.AccessDenied : OidcReason.ProviderError, $"The provider answered {ProviderText.Short(error)}: {ProviderText.Short(Request.Query["error_description"])}.");
        if (Request.Query["code"].ToString() is not { Length: > 0 } code)
            throw new OidcRefusedException(OidcReason.ProviderError, "The answer has neither a code nor an error.");
        trace.Done("Code", "The provider gave a code.");

        // 3. The code for tokens. The verifier is used up: what is sealed in the state is worth nothing from now on.
        properties.Items.Remove(OAuthConstants.CodeVerifierKey, out var verifier);
        var tokens = await Provider.Calls.RedeemAsync(provider, code, RedirectUri, verifier, Context.RequestAborted);
        trace.Done("Tokens", "The provider took the code, the redirect address and the client's secret.");

        // 4. The id_token.
        var token = await SignedToken.ReadAsync(tokens.IdToken, Provider.Metadata, Context.RequestAborted);
        trace.Done("Signature", $"{token.Algorithm}, by a key of the provider.");
        var expected = new IdTokenExpectation
        {
            Issuer = provider.Issuer,
            ClientId = Provider.Settings.ClientId,
            Nonce = properties.Nonce(),
            AccessToken = tokens.AccessToken,
            AskedAt = properties.AskedAt(),
            MaxAge = properties.MaxAge(),
        };
        trace.Claims = token.Claims;
        if (IdTokenChecks.FirstFault(token, expected, TimeProvider.GetUtcNow()) is { } fault)
            throw new OidcRefusedException(fault);
        trace.Done("Id token", "Issuer, audience, times, nonce and hash are right.");

        // 5. What the rules need and the token does not say.
        var claims = await WithUserInfoAsync(provider, tokens.AccessToken, token.Claims, trace);
        trace.Claims = claims;
        trace.Verdict = Provider.Settings.Rules.Decide(claims);
        return new(provider.Issuer, claims, tokens.IdToken, tokens.RefreshToken);
    }

    private async Task<JsonElement> WithUserInfoAsync(OpenIdConnectConfiguration provider, string accessToken, JsonElement claims, SignInTrace trace)
    {
        if (string.IsNullOrEmpty(provider.UserInfoEndpoint) || (!Provider.Settings.Rules.Misses(claims) && VerifiedPerson.HasName(claims)))
        {
            trace.Done("User information", string.IsNullOrEmpty(provider.UserInfoEndpoint) ? "The provider has none." : "Not asked: the id_token says everything that the rules need.");
            return claims;
        }

        var more = await Provider.Calls.UserInfoAsync(provider, accessToken, Context.RequestAborted);

        // Core 1.0, 5.3.2: without this check, a token that was swapped on the way would bring somebody else's groups.
        if (more.Text("sub") != claims.Text("sub"))
            throw new OidcRefusedException(OidcReason.WrongSubject, $"The user information is about {ProviderText.Short(more.Text("sub"))}, the id_token about {ProviderText.Short(claims.Text("sub"))}.");
        trace.Done("User information", "Asked, and about the same person.");
        return TokenClaims.Merged(claims, more);
    }

    private static string Keys(int count) => Counted.Of(count, "key");
}

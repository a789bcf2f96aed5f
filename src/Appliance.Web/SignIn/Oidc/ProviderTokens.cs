using System.Collections.Immutable;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Checks the tokens of one provider. The library checks signature, issuer, audience and lifetime; every refusal gets its reason here, and
/// <see cref="IdTokenChecks"/> adds what the library does not ask. A key that is not known, or a signature that does not fit, makes the
/// keys be read once more.
/// </summary>
internal sealed class ProviderTokens : JsonWebTokenHandler
{
    private readonly OidcProviderSettings _settings;
    private readonly ProviderMetadata _metadata;
    private readonly TimeProvider _time;

    public ProviderTokens(OidcProviderSettings settings, ProviderMetadata metadata, TimeProvider time)
    {
        _settings = settings;
        _metadata = metadata;
        _time = time;
        MapInboundClaims = false;
        MaximumTokenSizeInBytes = SignedToken.MaxCharacters;
    }

    /// <summary>
    /// The signature algorithms that are accepted, asymmetric ones only. With "none" anybody could sign. With HMAC, everybody who knows the
    /// client's secret could, or everybody at all, where a library takes the public key for the secret.
    /// </summary>
    public static ImmutableArray<string> Algorithms { get; } =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>What the library checks of an id_token; the issuer is the provider's own word for itself.</summary>
    public TokenValidationParameters Parameters =>
        new()
        {
            ValidAudience = _settings.ClientId,
            ValidAlgorithms = Algorithms,
            ClockSkew = IdTokenChecks.Skew,
            NameClaimType = "sub",
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = true,
        };

    /// <summary>
    /// An id_token that came by a refresh, checked but for what ties it to a question. Throws <see cref="OidcRefusedException"/>.
    /// </summary>
    public async Task<SignedToken> IdTokenAsync(string text, CancellationToken cancellationToken) =>
        (await CheckedAsync(text, Parameters, cancellationToken)).Token;

    /// <summary>Any token with the provider's signature; what it says is not checked. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<SignedToken> SignatureAsync(string text, CancellationToken cancellationToken)
    {
        var parameters = Parameters;
        (parameters.ValidateIssuer, parameters.ValidateAudience, parameters.ValidateLifetime) = (false, false, false);
        return (await ByLibraryAsync(text, parameters, cancellationToken)).Token;
    }

    /// <summary>The handler of the framework asks here about the id_token of a sign-in.</summary>
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        try
        {
            return (await CheckedAsync(token, validationParameters, CancellationToken.None)).Result;
        }
        catch (OidcRefusedException exception)
        {
            return new() { IsValid = false, Exception = exception };
        }
    }

    private async Task<(SignedToken Token, TokenValidationResult Result)> CheckedAsync(
        string text,
        TokenValidationParameters parameters,
        CancellationToken cancellationToken
    )
    {
        var (token, result) = await ByLibraryAsync(text, parameters, cancellationToken);
        return IdTokenChecks.FirstFault(token.Claims, _settings.ClientId, _time.GetUtcNow()) is { } fault
            ? throw new OidcRefusedException(fault) { Token = token }
            : (token, result);
    }

    private async Task<(SignedToken Token, TokenValidationResult Result)> ByLibraryAsync(
        string text,
        TokenValidationParameters parameters,
        CancellationToken cancellationToken
    )
    {
        var token = SignedToken.Read(text);
        if (!Algorithms.Contains(token.Algorithm))
        {
            throw new OidcRefusedException(
                OidcReason.WrongAlgorithm,
                $"The token is signed by \"{ProviderText.Short(token.Algorithm)}\"; only {string.Join(", ", Algorithms)} are taken."
            );
        }

        var provider = await _metadata.GetAsync(cancellationToken);
        var result = await base.ValidateTokenAsync(text, With(parameters, provider));
        if (IsOfSignature(result.Exception))
        {
            provider = await _metadata.RereadAsync(cancellationToken) ?? await _metadata.GetAsync(cancellationToken);
            result = await base.ValidateTokenAsync(text, With(parameters, provider));
        }

        return result.IsValid ? (token, result) : throw Refused(result.Exception, token, provider);
    }

    // The handler of the framework waives the signature of what comes from the token endpoint (Core 1.0, 3.1.3.7, step 6 allows it): asked
    // for again here.
    private static TokenValidationParameters With(TokenValidationParameters parameters, OpenIdConnectConfiguration provider)
    {
        var own = parameters.Clone();
        (own.RequireSignedTokens, own.ValidIssuer, own.ValidIssuers, own.IssuerSigningKeys) = (
            true,
            provider.Issuer,
            null,
            provider.SigningKeys
        );
        return own;
    }

    private static bool IsOfSignature(Exception? exception) =>
        exception
            is SecurityTokenInvalidSignatureException
                or SecurityTokenSignatureKeyNotFoundException
                or SecurityTokenInvalidSigningKeyException;

    private OidcRefusedException Refused(Exception? exception, SignedToken token, OpenIdConnectConfiguration provider)
    {
        var (claims, now) = (token.Claims, _time.GetUtcNow());
        if (IsOfSignature(exception))
        {
            return new(
                OidcReason.BadSignature,
                $"None of the keys that the provider has ({provider.SigningKeys.Count}) made this signature (the token names the key "
                    + $"{ProviderText.Short(token.KeyId)}).",
                exception
            );
        }

        OidcFault fault = exception switch
        {
            SecurityTokenInvalidIssuerException => new(
                OidcReason.WrongIssuer,
                $"The id_token is from {ProviderText.Short(claims.Text("iss"))}; expected {provider.Issuer}."
            ),

            // A name that is good at one place must not be good at another: an id_token of another client is somebody else's.
            SecurityTokenInvalidAudienceException => new(
                OidcReason.WrongAudience,
                $"The id_token is for {ProviderText.Short(string.Join(", ", claims.Texts("aud")))}; expected {_settings.ClientId}."
            ),
            SecurityTokenNoExpirationException => new(OidcReason.Expired, "The token does not say until when it is good (exp)."),
            SecurityTokenExpiredException => new(
                OidcReason.Expired,
                $"The token was good until {Moment(token, "exp")}; it is {now:u} here."
            ),
            SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException => new(
                OidcReason.NotYetValid,
                $"The token is good from {Moment(token, "nbf")} on, until {Moment(token, "exp")}; it is {now:u} here."
            ),

            // The library could not even read it, so that nothing is known of the signature: what it says is not shown.
            _ => IdTokenChecks.FirstFault(claims, _settings.ClientId, now)
                ?? new(OidcReason.BadToken, $"The token cannot be used: {ProviderText.Short(exception?.Message)}"),
        };
        return new(fault, exception) { Token = exception is SecurityTokenValidationException ? token : null };
    }

    private static string Moment(SignedToken token, string claim) => ProviderText.Short(token.Claims.Moment(claim)?.ToString("u"));
}

using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>A token whose signature is the provider's. What it says is not checked yet.</summary>
/// <param name="Algorithm">How it is signed.</param>
/// <param name="Type">What kind of token it says it is (<c>typ</c>), or null.</param>
/// <param name="Claims">The claims, an object.</param>
public sealed record SignedToken(string Algorithm, string? Type, JsonElement Claims)
{
    /// <summary>Longest token.</summary>
    private const int MaxCharacters = 64 * 1024;

    /// <summary>
    /// Only asymmetric ones. With "none" anybody could sign, and with HMAC whoever knows the client's secret, or (where a library takes the public key for
    /// the secret) everybody.
    /// </summary>
    public static ImmutableArray<string> Algorithms { get; } =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>Reads a token and checks its signature; reads the provider's keys once more when they do not fit. Throws <see cref="OidcRefusedException"/>.</summary>
    public static async Task<SignedToken> ReadAsync(string text, ProviderMetadata metadata, CancellationToken cancellationToken)
    {
        var handler = new JsonWebTokenHandler { MaximumTokenSizeInBytes = MaxCharacters };
        if (text.Length > MaxCharacters || !handler.CanReadToken(text) || text.Count(one => one == '.') != 2)
            throw new OidcRefusedException(OidcReason.BadToken, "The token is not a signed JSON Web Token (an encrypted one cannot be used).");
        JsonWebToken token;
        JsonElement claims;
        try
        {
            token = handler.ReadJsonWebToken(text);
            using var document = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload), new() { AllowDuplicateProperties = false });
            claims = document.RootElement.Clone();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or JsonException or SecurityTokenException)
        {
            throw new OidcRefusedException(OidcReason.BadToken, "The token cannot be read as JSON.", exception);
        }

        if (claims.ValueKind != JsonValueKind.Object)
            throw new OidcRefusedException(OidcReason.BadToken, "The token has no claims.");
        if (!Algorithms.Contains(token.Alg))
            throw new OidcRefusedException(OidcReason.WrongAlgorithm, $"The token is signed by \"{ProviderText.Short(token.Alg)}\"; only {string.Join(", ", Algorithms)} are taken.");
        if (!await FitsAsync(handler, text, await metadata.GetAsync(cancellationToken)))
        {
            var fresh = await metadata.RereadAsync(cancellationToken) ?? await metadata.GetAsync(cancellationToken);
            if (!await FitsAsync(handler, text, fresh))
                throw new OidcRefusedException(OidcReason.BadSignature, $"None of the keys that the provider has ({fresh.SigningKeys.Count}) made this signature (the token names the key {ProviderText.Short(token.Kid)}).");
        }

        return new(token.Alg, string.IsNullOrEmpty(token.Typ) ? null : token.Typ, claims);
    }

    /// <summary>The half of a hash that ties an access token to an id_token (Core 1.0, 3.1.3.6), made as the token's signature is.</summary>
    public string HalfHash(string accessToken)
    {
        var bytes = Encoding.ASCII.GetBytes(accessToken);
        var hash = Algorithm[^3..] switch
        {
            "384" => System.Security.Cryptography.SHA384.HashData(bytes),
            "512" => System.Security.Cryptography.SHA512.HashData(bytes),
            _ => System.Security.Cryptography.SHA256.HashData(bytes),
        };
        return Base64UrlEncoder.Encode(hash[..(hash.Length / 2)]);
    }

    // The signature and nothing else: what the claims say is judged with reasons of its own, in IdTokenChecks and LogoutTokenChecks.
    private static async Task<bool> FitsAsync(JsonWebTokenHandler handler, string text, OpenIdConnectConfiguration provider) =>
        (await handler.ValidateTokenAsync(text, new()
        {
            IssuerSigningKeys = provider.SigningKeys,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = true,
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        })).IsValid;
}

using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>A token in the form of a signed one. Its signature and what it says are checked by <see cref="ProviderTokens"/>.</summary>
/// <param name="Algorithm">How it says that it is signed.</param>
/// <param name="Type">What kind of token it says it is (<c>typ</c>), or null.</param>
/// <param name="KeyId">The name of the key (<c>kid</c>), or null.</param>
/// <param name="Claims">The claims, an object in which no name stands twice.</param>
public sealed record SignedToken(string Algorithm, string? Type, string? KeyId, JsonElement Claims)
{
    /// <summary>The longest token that is read, in characters.</summary>
    public const int MaxCharacters = 64 * 1024;

    /// <summary>
    /// Takes a token apart. Throws <see cref="OidcRefusedException"/> when it cannot be one that a provider signed for others.
    /// </summary>
    public static SignedToken Read(string text)
    {
        var parts = text.Length <= MaxCharacters ? text.Split('.') : [];
        if (parts.Length != 3)
            throw new OidcRefusedException(
                OidcReason.BadToken,
                "The token is not a signed JSON Web Token (an encrypted one cannot be used)."
            );
        var (header, claims) = (Part(parts[0]), Part(parts[1]));
        return new(header.Text("alg") ?? "", header.Text("typ"), header.Text("kid"), claims);
    }

    // Of two claims of one name, the library takes the last and another reader the first: nobody can say whom such a token is about.
    private static JsonElement Part(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(text), new() { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new OidcRefusedException(OidcReason.BadToken, "The token has no claims.");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or JsonException)
        {
            throw new OidcRefusedException(OidcReason.BadToken, "The token cannot be read as JSON.", exception);
        }
    }
}

using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>What the token endpoint gave, and what its id_token says. A feature of the request that brought the code.</summary>
/// <param name="Claims">The claims of the id_token.</param>
/// <param name="AccessToken">Opens the user information.</param>
/// <param name="IdToken">The id_token itself, for the sign-out there.</param>
/// <param name="RefreshToken">Gets new tokens later; null when none was given (scope <c>offline_access</c>, most often).</param>
internal sealed record ReceivedTokens(JsonElement Claims, string AccessToken, string IdToken, string? RefreshToken)
{
    /// <summary>Records print themselves, and these are secrets.</summary>
    public override string ToString() => nameof(ReceivedTokens);
}

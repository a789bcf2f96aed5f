using System.Net;
using System.Text.Json;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The tokens that a provider gave for a refresh token.</summary>
/// <param name="AccessToken">Opens the user information.</param>
/// <param name="IdToken">Who it is about, signed; null when none came.</param>
/// <param name="RefreshToken">For the next time.</param>
internal sealed record RefreshedTokens(string AccessToken, string? IdToken, string RefreshToken)
{
    /// <summary>Records print themselves, and these are secrets.</summary>
    public override string ToString() => nameof(RefreshedTokens);
}

/// <summary>
/// The requests to a provider that the framework does not make: user information only when it is needed, and roles later on.
/// </summary>
internal sealed class ProviderCalls(HttpClient client)
{
    /// <summary>Gets new tokens. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<RefreshedTokens> RefreshAsync(
        OpenIdConnectConfiguration provider,
        string refreshToken,
        CancellationToken cancellationToken
    )
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", refreshToken)]);
        using var answer = await client.PostAsync(new Uri(provider.TokenEndpoint), form, cancellationToken);
        var body = Json(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        var access = body.Text("access_token");
        return !string.IsNullOrEmpty(access) && "Bearer".Equals(body.Text("token_type"), StringComparison.OrdinalIgnoreCase)
            ? new(access, body.Text("id_token") is { Length: > 0 } token ? token : null, body.Text("refresh_token") ?? refreshToken)
            : throw new OidcRefusedException(OidcReason.BadToken, "The token endpoint gave no access token of the type Bearer.");
    }

    /// <summary>Asks for the user information about <paramref name="subject"/>. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<JsonElement> UserInfoAsync(
        OpenIdConnectConfiguration provider,
        string accessToken,
        string? subject,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, provider.UserInfoEndpoint);
        request.Headers.Authorization = new("Bearer", accessToken);
        request.Headers.Accept.Add(new("application/json"));
        using var answer = await client.SendAsync(request, cancellationToken);
        var body = Json(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        if (answer.StatusCode != HttpStatusCode.OK || body.ValueKind != JsonValueKind.Object)
            throw new OidcRefusedException(
                OidcReason.UserInfoRefused,
                $"The userinfo endpoint answered {(int)answer.StatusCode}, and no JSON object with claims."
            );

        // Core 1.0, 5.3.2: without this check, a token that was swapped on the way would bring somebody else's groups.
        return body.Text("sub") == subject
            ? body
            : throw new OidcRefusedException(
                OidcReason.WrongSubject,
                $"The user information is about {ProviderText.Short(body.Text("sub"))}, the id_token about {ProviderText.Short(subject)}."
            );
    }

    // A body that is no JSON is no object: nothing is found in it.
    private static JsonElement Json(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>What the token endpoint answered.</summary>
/// <param name="AccessToken">Opens the user information.</param>
/// <param name="IdToken">Who signed in, signed.</param>
/// <param name="RefreshToken">Gets new tokens later; null when none was given (scope <c>offline_access</c>, most often).</param>
public sealed record ProviderTokens(string AccessToken, string IdToken, string? RefreshToken)
{
    /// <summary>Records print themselves, and these are secrets.</summary>
    public override string ToString() => nameof(ProviderTokens);
}

/// <summary>Our own requests to a provider: the code for tokens, the access token for claims.</summary>
internal sealed class ProviderCalls(OidcProviderSettings settings, HttpClient client)
{
    private const string Basic = "client_secret_basic";
    private const string Post = "client_secret_post";

    /// <summary>Redeems a code. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<ProviderTokens> RedeemAsync(OpenIdConnectConfiguration provider, string code, string redirectUri, string? verifier, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri };
        if (verifier is not null)
            fields["code_verifier"] = verifier;

        var (status, body) = await AskAsync(provider, fields, cancellationToken);
        if (status != HttpStatusCode.OK)
            throw new OidcRefusedException(OidcReason.TokenRefused, $"The token endpoint answered {(int)status}: {ProviderText.Short(Text(body, "error"))}, {ProviderText.Short(Text(body, "error_description"))}.");
        if (Text(body, "id_token") is not { Length: > 0 } idToken)
            throw new OidcRefusedException(OidcReason.BadToken, "The token endpoint gave no id_token.");
        return new(AccessToken(body), idToken, Text(body, "refresh_token"));
    }

    /// <summary>Gets new tokens; the id_token may be empty, and the refresh token the same. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<ProviderTokens> RefreshAsync(OpenIdConnectConfiguration provider, string refreshToken, CancellationToken cancellationToken)
    {
        var (status, body) = await AskAsync(provider, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken }, cancellationToken);
        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
            throw new OidcRefusedException(OidcReason.ProviderAway, $"The token endpoint answered {(int)status}.");
        if (status != HttpStatusCode.OK)
            throw new OidcRefusedException(OidcReason.TokenRefused, $"The token endpoint answered {(int)status}: {ProviderText.Short(Text(body, "error"))}.");
        return new(AccessToken(body), Text(body, "id_token") ?? "", Text(body, "refresh_token") ?? refreshToken);
    }

    private static string AccessToken(JsonElement body) =>
        Text(body, "access_token") is { Length: > 0 } token && "Bearer".Equals(Text(body, "token_type"), StringComparison.OrdinalIgnoreCase)
            ? token : throw new OidcRefusedException(OidcReason.BadToken, "The token endpoint gave no access token of the type Bearer.");

    /// <summary>Asks for the user information. Throws <see cref="OidcRefusedException"/>.</summary>
    public async Task<JsonElement> UserInfoAsync(OpenIdConnectConfiguration provider, string accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, provider.UserInfoEndpoint);
        request.Headers.Authorization = new("Bearer", accessToken);
        var (status, body) = await SendAsync(request, cancellationToken);
        return status == HttpStatusCode.OK && body.ValueKind == JsonValueKind.Object ? body
            : throw new OidcRefusedException(OidcReason.UserInfoRefused, $"The userinfo endpoint answered {(int)status}, and no JSON object with claims.");
    }

    // Without a list, basic is what a provider must take (Core 1.0, 9). Which of both this client is registered with is not published: try the other one, too.
    private async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(OpenIdConnectConfiguration provider, Dictionary<string, string> fields, CancellationToken cancellationToken)
    {
        var supported = provider.TokenEndpointAuthMethodsSupported;
        var first = supported.Count == 0 || supported.Contains(Basic) ? Basic : Post;
        var (status, body) = await AskAsync(provider.TokenEndpoint, fields, first, cancellationToken);
        return settings.ClientSecret is not null && status != HttpStatusCode.OK && first == Basic && supported.Contains(Post) && Text(body, "error") == "invalid_client"
            ? await AskAsync(provider.TokenEndpoint, fields, Post, cancellationToken) : (status, body);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(string endpoint, Dictionary<string, string> fields, string method, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        var sent = new Dictionary<string, string>(fields);
        if (settings.ClientSecret is { } secret && method == Basic)
        {
            // RFC 6749, 2.3.1: encoded as a form first, so that a colon in the id is none.
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{WebUtility.UrlEncode(settings.ClientId)}:{WebUtility.UrlEncode(secret)}")));
        }
        else
        {
            sent["client_id"] = settings.ClientId;
            if (settings.ClientSecret is { } inBody)
                sent["client_secret"] = inBody;
        }

        request.Content = new FormUrlEncodedContent(sent);
        return await SendAsync(request, cancellationToken);
    }

    // A body that is no JSON is no object: whoever reads it finds nothing in it.
    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
            if ((int)answer.StatusCode >= 500)
                throw new OidcRefusedException(OidcReason.ProviderAway, $"{request.RequestUri?.GetLeftPart(UriPartial.Path)} answered {(int)answer.StatusCode}.");
            return (answer.StatusCode, Json(await answer.Content.ReadAsByteArrayAsync(cancellationToken)));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is HttpRequestException or OperationCanceledException or IOException)
        {
            throw new OidcRefusedException(OidcReason.ProviderAway, $"{request.RequestUri?.GetLeftPart(UriPartial.Path)} gave no answer that can be used: {ProviderText.Short(exception.GetBaseException().Message)}", exception);
        }
    }

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

    private static string? Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

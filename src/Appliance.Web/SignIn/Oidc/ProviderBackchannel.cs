using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Every request of ours to a provider goes through here, the framework's and our own. It has limits and follows no redirects. A form is
/// sent with the client's secret where the provider wants it: the framework knows only the body. What comes to nothing is an
/// <see cref="OidcRefusedException"/> with its reason.
/// </summary>
internal sealed class ProviderBackchannel(OidcProviderSettings settings, Func<OpenIdConnectConfiguration?> known)
    : DelegatingHandler(
        new SocketsHttpHandler
        {
            // A code or a secret goes where the provider's own document says, nowhere else.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = Patience,
            MaxResponseHeadersLength = 32,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    )
{
    /// <summary>A provider that takes longer counts as away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Longest answer: a key set or the claims of somebody with a thousand groups fit, with room.</summary>
    public const int MaxAnswerBytes = 1024 * 1024;

    private const string Basic = "client_secret_basic";
    private const string Post = "client_secret_post";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Post || request.Content is not { } content)
            return await WithinLimitsAsync(request, cancellationToken);
        var fields = QueryHelpers
            .ParseQuery(await content.ReadAsStringAsync(cancellationToken))
            .ToDictionary(field => field.Key, field => field.Value.ToString());

        // Without a list, basic is what a provider must take (Core 1.0, 9). Which of both this client is registered with is not published:
        // try the other one, too.
        var supported = known()?.TokenEndpointAuthMethodsSupported ?? [];
        var first = supported.Count == 0 || supported.Contains(Basic) ? Basic : Post;
        var answer = await WithinLimitsAsync(Form(request, fields, first), cancellationToken);
        if (
            settings.ClientSecret is not null
            && first == Basic
            && supported.Contains(Post)
            && await IsAboutTheClientAsync(answer, cancellationToken)
        )
            answer = await WithinLimitsAsync(Form(request, fields, Post), cancellationToken);
        return answer.IsSuccessStatusCode ? answer : throw await RefusedAsync(request, answer, cancellationToken);
    }

    // By the standard it says invalid_client. Some do not decode what the header holds, and answer 403 without a word.
    private static async Task<bool> IsAboutTheClientAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        || (!answer.IsSuccessStatusCode && (await ErrorAsync(answer, cancellationToken)).Error == "invalid_client");

    private HttpRequestMessage Form(HttpRequestMessage like, Dictionary<string, string> fields, string method)
    {
        var form = new HttpRequestMessage(HttpMethod.Post, like.RequestUri);
        var sent = new Dictionary<string, string>(fields) { ["client_id"] = settings.ClientId };
        sent.Remove("client_secret");
        if (settings.ClientSecret is { } secret)
        {
            if (method == Post)
                sent["client_secret"] = secret;
            else
            {
                // RFC 6749, 2.3.1: encoded as a form first, so that a colon in the id does not separate.
                var pair = $"{WebUtility.UrlEncode(settings.ClientId)}:{WebUtility.UrlEncode(secret)}";
                form.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
            }
        }

        form.Headers.Accept.Add(new("application/json"));
        form.Content = new FormUrlEncodedContent(sent);
        return form;
    }

    private async Task<HttpResponseMessage> WithinLimitsAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri?.GetLeftPart(UriPartial.Path);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        HttpResponseMessage answer;
        try
        {
            answer = await base.SendAsync(request, limit.Token);
            await answer.Content.LoadIntoBufferAsync(MaxAnswerBytes, limit.Token);
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && exception is HttpRequestException or OperationCanceledException or IOException
            )
        {
            var why =
                exception is OperationCanceledException
                    ? $"no answer within {Patience.TotalSeconds:0} seconds"
                    : ProviderText.Short(exception.GetBaseException().Message);
            throw new OidcRefusedException(OidcReason.ProviderAway, $"{address} gave no answer that can be used: {why}", exception);
        }

        return (int)answer.StatusCode < 500
            ? answer
            : throw new OidcRefusedException(OidcReason.ProviderAway, $"{address} answered {(int)answer.StatusCode}.");
    }

    private static async Task<OidcRefusedException> RefusedAsync(
        HttpRequestMessage request,
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        var (error, description) = await ErrorAsync(answer, cancellationToken);
        var reason = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
            ? OidcReason.ProviderAway
            : OidcReason.TokenRefused;
        return new(
            reason,
            $"{request.RequestUri?.GetLeftPart(UriPartial.Path)} answered {(int)answer.StatusCode}: {ProviderText.Short(error)}, "
                + $"{ProviderText.Short(description)}."
        );
    }

    private static async Task<(string? Error, string? Description)> ErrorAsync(
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
            return (body.RootElement.Text("error"), body.RootElement.Text("error_description"));
        }
        catch (JsonException)
        {
            // Going on is right: the status says that it was refused, and this would only have said why.
            return (null, null);
        }
    }
}

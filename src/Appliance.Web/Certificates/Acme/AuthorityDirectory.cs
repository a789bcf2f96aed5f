using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Dialing;

namespace Appliance.Web.Certificates.Acme;

/// <summary>What the directory of an authority says about it (RFC 8555, 7.1.1).</summary>
/// <param name="Terms">Where its terms of service are; null: it has none.</param>
/// <param name="NeedsBinding">True when it opens accounts only with a key that it hands out.</param>
public sealed record AuthorityFacts(string? Terms, bool NeedsBinding);

/// <summary>Asks an authority for its directory.</summary>
public static class AuthorityDirectory
{
    private const int LongestDirectory = 64 * 1024;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A client that talks to an authority itself: with limits, without redirects, and never into a network that is denied. Throws
    /// <see cref="CryptographicException"/> when <paramref name="trustedRoots"/> cannot be read.
    /// </summary>
    internal static HttpClient Client(string? trustedRoots, Destinations destinations)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = _patience,
            ConnectCallback = (context, token) => destinations.ConnectAsync(context.DnsEndPoint, token),
        };
        var http = new HttpClient(handler) { Timeout = _patience, MaxResponseContentBufferSize = LongestDirectory };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("appliance"); // RFC 8555, 6.1
        if (trustedRoots is null)
            return http;
        try
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPem(trustedRoots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
            return http;
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Why this person may not ask that address for its directory, as a sentence; null: they may. The right to order there includes the
    /// right to ask.
    /// </summary>
    public static string? Refusal(Grant grant, Uri directory) =>
        AcmeOrder.KnownDirectories.Contains(directory.AbsoluteUri)
            ? grant.Refusal(Role.Operator, "Asking an authority")
            : grant.Refusal(Role.Administrator, "Asking an authority of your own");

    /// <summary>
    /// Asks for the authority's facts, or says in a sentence why that failed. Addresses in denied networks are not asked.
    /// </summary>
    public static async Task<(AuthorityFacts? Facts, string? Problem)> AskAsync(
        Uri directory,
        string? trustedRoots,
        Destinations destinations,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var http = Client(trustedRoots, destinations);

            // JSON is UTF-8, whatever charset the answer claims.
            using var document = JsonDocument.Parse(new MemoryStream(await http.GetByteArrayAsync(directory, cancellationToken)));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("newOrder", out _))
                return (null, $"What answers at {directory} is no ACME directory; compare the address with the authority's documentation.");
            var meta =
                document.RootElement.TryGetProperty("meta", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
            var terms =
                meta.ValueKind == JsonValueKind.Object
                && meta.TryGetProperty("termsOfService", out var link)
                && link.ValueKind == JsonValueKind.String
                    ? link.GetString()
                    : null;
            var binding =
                meta.ValueKind == JsonValueKind.Object
                && meta.TryGetProperty("externalAccountRequired", out var needs)
                && needs.ValueKind == JsonValueKind.True;
            return (new(terms, binding), null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return (null, $"What answers at {directory} is no ACME directory; compare the address with the authority's documentation.");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return (
                null,
                $"The https certificate of {directory.Host} is not trusted; if it is an authority of your own, paste its root certificate."
            );
        }
        catch (HttpRequestException exception) when (exception.StatusCode is { } status)
        {
            return (null, $"{directory} answers with status {(int)status}; compare the address with the authority's documentation.");
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException or CryptographicException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return (null, $"{directory.Authority} cannot be reached from here.");
        }
    }
}

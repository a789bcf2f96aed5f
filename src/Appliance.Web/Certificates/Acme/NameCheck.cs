using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Tls;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Asks a name as an authority would (HTTP-01), which costs nothing there: does it lead to this proxy?</summary>
public sealed class NameCheck(ChallengeAnswers challenges, Destinations destinations, int port = 80) : IDisposable
{
    private const int MostRedirects = 10;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = (context, cancellationToken) => destinations.ConnectAsync(context.DnsEndPoint, cancellationToken),

            // Authorities follow a redirect to https without looking at its certificate, too: the one there may have expired, which is why
            // one is ordered.
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 4096,
    };

    /// <summary>Where nothing that people write here may lead.</summary>
    public Destinations Destinations { get; } = destinations;

    /// <summary>What is in the way, as a sentence, or null when the name leads here.</summary>
    public async Task<string?> AskAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            if ((await Dns.GetHostAddressesAsync(name, cancellationToken)).Length == 0)
                return NoAddress(name);
        }
        catch (SocketException)
        {
            return NoAddress(name);
        }

        var (token, answer) = (Random(), Random());
        using var _ = challenges.FromText(token, answer);
        try
        {
            return
                await AnswerAsync(new UriBuilder(Uri.UriSchemeHttp, name, port, ChallengeAnswers.Path + token).Uri, cancellationToken)
                == answer
                ? null
                : $"{name} is answered by something else than this proxy. Look where DNS leads the name, and what stands in front.";
        }
        catch (UriFormatException)
        {
            return $"{name} is answered by a redirect that leads nowhere. Look where DNS leads the name, and what stands in front.";
        }
        catch (Exception exception)
            when (exception is HttpRequestException or SocketException or TaskCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return $"Port 80 of {name} cannot be reached from here. If it can from the internet, all is well: many routers do not "
                + "lead back into the network they stand in.";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // As authorities do: a redirect counts when it leads to a name and to the port of its scheme.
    private async Task<string> AnswerAsync(Uri url, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var response = await _http.GetAsync(url, cancellationToken);
            if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location || redirects == MostRedirects)
                // in no charset that the answer chooses
                return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken)).Trim();
            url = new(url, location);
            if (
                !(url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
                || !url.IsDefaultPort
                || url.HostNameType != UriHostNameType.Dns
            )
                return "";
        }
    }

    private static string NoAddress(string name) =>
        $"{name} has no address. Add an A or AAAA record that leads to this proxy; DNS may need some minutes.";

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Appliance.Proxy.Tls;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Asks a name as an authority would (HTTP-01), which costs nothing there: does it lead to this proxy?</summary>
public sealed class NameCheck(ChallengeAnswers challenges, int port = 80) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        UseProxy = false,
        UseCookies = false,
        MaxAutomaticRedirections = 10,

        // Authorities follow a redirect to https without looking at its certificate, too: the one there may have expired, which is why one is ordered.
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
    })
    { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 4096 };

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
            using var response = await http.GetAsync(new UriBuilder(Uri.UriSchemeHttp, name, port, ChallengeAnswers.Path + token).Uri, cancellationToken);
            var said = await response.Content.ReadAsStringAsync(cancellationToken);
            return said.Trim() == answer ? null
                : $"{name} is answered by something else than this proxy (status {(int)response.StatusCode}). Look where DNS leads the name, and what stands in front.";
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return $"Port 80 of {name} cannot be reached from here. If it can from the internet, all is well: many routers do not lead back into the network they stand in.";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static string NoAddress(string name) => $"{name} has no address. Add an A or AAAA record that leads to this proxy; DNS may need some minutes.";

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

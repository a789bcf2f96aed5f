using Appliance.Proxy.Certificates;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tls;

/// <summary>
/// A request that came over a connection for another name (RFC 9110, 15.5.20). Browsers use one HTTP/2 connection for several names when
/// its certificate covers them; where it does not, the request is sent back, so that it comes again over a connection with the certificate
/// that was meant for it.
/// </summary>
internal static class Misdirection
{
    /// <summary>True when the connection's certificate does not cover <paramref name="host"/> and another one here names it.</summary>
    public static bool Is(HttpContext context, string host, CertificateShelf shelf) =>
        HttpProtocol.IsHttp2(context.Request.Protocol)
        && context.Features.Get<TlsConnection>() is { Name.Length: > 0 } tls
        && tls.Name != host
        && !tls.Certificate.Covers(host)
        && shelf.Choice.Knows(host);
}

using System.Net.Security;
using System.Security.Authentication;
using Appliance.Proxy.Tunnels;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Appliance.Proxy.Tls;

/// <summary>Lets a listener speak TLS 1.2 and 1.3, and behind it HTTP/1.1 and HTTP/2 as the client chooses (ALPN).</summary>
internal static class TlsListening
{
    /// <summary>With these certificates. A handshake that is none, or takes longer than ten seconds, ends its own connection only.</summary>
    public static void UseTls(this ListenOptions listen, CertificateShelf certificates)
    {
        // Before UseHttps, which reads them for ALPN.
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context => ValueTask.FromResult(Settle(context, certificates)),
        });
        listen.UseHeadTap();
    }

    private static SslServerAuthenticationOptions Settle(TlsHandshakeCallbackContext context, CertificateShelf shelf)
    {
        var name = context.ClientHelloInfo.ServerName.ToLowerInvariant();
        var certificate = shelf.For(name);
        context.Connection.Features.Set(new TlsConnection(name, certificate));
        return new()
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
    }
}

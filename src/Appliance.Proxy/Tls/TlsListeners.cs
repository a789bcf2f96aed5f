using System.Net.Security;
using System.Security.Authentication;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.TlsPolicies;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tls;

/// <summary>Lets a listener speak TLS 1.2 and 1.3, and behind it HTTP/1.1 and HTTP/2 as the client chooses (ALPN).</summary>
internal static class TlsListeners
{
    /// <summary>
    /// Listens with these certificates, and the policies of the moment of a handshake. Bytes that are not a handshake, or one that takes
    /// longer than ten seconds, end their own connection only.
    /// </summary>
    public static void UseTls(this ListenOptions listen, CertificateShelf certificates, Func<TlsPolicyTable> policies)
    {
        // Before UseHttps, which reads them for ALPN.
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        var services = listen.ApplicationServices;
        var unread = services.GetService<UnreadRequests>();
        listen.UsePlainHttpAnswer(unread);
        if (services.GetService<EpollLoops>() is null)
        {
            UseServersTls();
        }
        else
        {
            // The server's own is declared, so that the server knows this for a port of TLS, and stepped over.
            ConnectionDelegate? behind = null;
            var (time, log) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<TlsOnLoop>>());
            listen.Use(_ =>
                new TlsOnLoop(
                    connection => behind!(connection), // set when the pipeline is built, before anybody connects
                    (connection, tls, name) => Settle(connection, tls, name, certificates, policies()),
                    time,
                    log
                ).RunAsync
            );
            UseServersTls();
            listen.Use(next => behind = next);
        }

        listen.UseHeadTap((connection, bytes) => unread?.Note(connection, bytes, StatusCodes.Status408RequestTimeout, 0, isTls: true));

        void UseServersTls() =>
            listen.UseHttps(
                new TlsHandshakeCallbackOptions
                {
                    OnConnection = context =>
                        ValueTask.FromResult(
                            Settle(context.Connection, context.SslStream, context.ClientHelloInfo.ServerName, certificates, policies())
                        ),
                }
            );
    }

    private static SslServerAuthenticationOptions Settle(
        ConnectionContext connection,
        SslStream tls,
        string said,
        CertificateShelf shelf,
        TlsPolicyTable policies
    )
    {
        var name = PolicyHost.Normalize(said);
        var certificate = shelf.For(name);
        connection.Features.Set(new TlsConnection(name, certificate));
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = shelf.ContextOf(certificate),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
        connection.Features.Set(PolicyHandshake.Begin(name, tls, policies, options));
        return options;
    }
}

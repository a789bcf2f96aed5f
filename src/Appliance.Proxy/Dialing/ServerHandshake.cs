using System.Net.Security;
using System.Security.Authentication;
using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// The TLS handshake with a server, for requests and for WebSockets alike: the one place where a server's certificate is judged. What goes
/// wrong is a sentence that stands in the log, where the route and the pool are known, and in the server's state; clients never read it.
/// </summary>
internal sealed class ServerHandshake(CertificateShelf shelf, TimeProvider time)
{
    /// <summary>
    /// Connects by <paramref name="connect"/> and secures it. Throws <see cref="UpstreamConnectException"/>, or what
    /// <paramref name="connect"/> throws.
    /// </summary>
    public async ValueTask<ServerTlsStream> RunAsync(
        Func<CancellationToken, ValueTask<Stream>> connect,
        string host,
        ServerTrust trust,
        List<SslApplicationProtocol> protocols,
        CancellationToken cancellationToken
    )
    {
        // Before the dial: without it there is nothing to dial for.
        var wanted = trust.Settings.ClientCertificate;
        var own = wanted.Length == 0 ? null : shelf.Find(wanted);
        if (wanted.Length > 0 && own is null)
            throw new UpstreamConnectException(
                $"The client certificate {wanted} is not here; add a certificate of this name, or choose another one at the pool.",
                timedOut: false
            );

        // The dot of a name that is complete is for look-ups (RFC 6066, 3); no certificate has it.
        var name = (trust.Settings.ServerName.Length > 0 ? trust.Settings.ServerName : host).TrimEnd('.');
        string? fault = null;
        var connection = await connect(cancellationToken);
        var first = new FirstBytes(connection);
        var tls = new ServerTlsStream(connection, first, own?.Name);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = protocols,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowRenegotiation = false,
                    CertificateChainPolicy = trust.Policy(),
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        !trust.Settings.Verify
                        || (fault = ServerCertificateFault.Of(certificate, chain, errors, name, trust, time.GetUtcNow())) is null,
                    ClientCertificateContext = own?.Context,
                    LocalCertificateSelectionCallback = own is not null
                        ? null
                        : (_, _, _, server, _) =>
                        {
                            // Asked once before the handshake, too, when the server has shown nothing yet.
                            tls.WasAsked |= server is not null;
                            return null!; // null is how one says that there is none
                        },
                },
                cancellationToken
            );
            return tls;
        }
        catch (OperationCanceledException)
        {
            await tls.DisposeAsync();
            throw;
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or InvalidOperationException)
        {
            await tls.DisposeAsync();
            throw new UpstreamConnectException(fault ?? Explain(failed, first, tls), timedOut: false, failed);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private static string Explain(Exception failed, FirstBytes first, ServerTlsStream tls)
    {
        // A record of TLS begins with its kind, 20 to 23, and 3 (RFC 8446, 5.1).
        if (first.Seen is [not (>= 20 and <= 23), ..] or [_, not 3])
            return "The server does not speak TLS on this port; it answers with something else. Is it an http:// server?";
        if (first.Seen.IsEmpty)
            return "The server ended the connection in the TLS handshake without an answer. Does it speak TLS on this port, and know "
                + "the name that is asked for?";
        if (tls.Refusal is { } refusal)
            return refusal;
        var cause = failed;
        while (cause.InnerException is { } inner)
            cause = inner;
        return $"The TLS handshake with the server failed: {cause.Message.Trim().TrimEnd('.')}.";
    }
}

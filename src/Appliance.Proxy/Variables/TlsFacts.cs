using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Variables;

/// <summary>
/// What <c>$ssl_*</c> variables read about a connection under TLS. Lives as long as the connection; nothing is computed before somebody
/// asks.
/// </summary>
public sealed class TlsFacts
{
    private readonly SslStream? _stream;

    internal TlsFacts(string serverName, SslStream? stream, X509Certificate2? clientCertificate, string clientVerify) =>
        (ServerName, _stream, ClientCertificate, ClientVerify) = (serverName, stream, clientCertificate, clientVerify);

    /// <summary>The name the client asked for (<c>$ssl_server_name</c>); empty when none.</summary>
    public string ServerName { get; }

    /// <summary><c>TLSv1.2</c> or <c>TLSv1.3</c> (<c>$ssl_protocol</c>).</summary>
    public string Protocol => _stream is null ? "" : TlsNames.Of(_stream.SslProtocol);

    /// <summary>As OpenSSL names it (<c>$ssl_cipher</c>).</summary>
    public string Cipher => _stream is null ? "" : TlsNames.OfCipher(_stream.NegotiatedCipherSuite.ToString());

    /// <summary><c>h2</c>, <c>http/1.1</c>, or empty (<c>$ssl_alpn_protocol</c>).</summary>
    public string AlpnProtocol => _stream?.NegotiatedApplicationProtocol.ToString() ?? "";

    /// <summary><c>NONE</c>, <c>SUCCESS</c> or <c>FAILED:reason</c> (<c>$ssl_client_verify</c>).</summary>
    public string ClientVerify { get; }

    /// <summary>What the client showed, good or bad; null when nothing, or when the policy of the request's host did not ask.</summary>
    public X509Certificate2? ClientCertificate { get; }
}

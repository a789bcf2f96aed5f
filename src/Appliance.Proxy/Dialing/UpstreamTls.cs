namespace Appliance.Proxy.Dialing;

/// <summary>How a pool's https servers are spoken to (ngx_http_proxy_module: proxy_ssl_*). Means nothing for http and h2c.</summary>
public sealed record UpstreamTls
{
    /// <summary>
    /// The server's certificate must be valid, from an authority that is trusted, and name the server (proxy_ssl_verify, which is off in
    /// nginx). Default true. False takes any certificate: who stands between reads and changes everything.
    /// </summary>
    public bool Verify { get; init; } = true;

    /// <summary>
    /// Certificates of authorities as PEM text; then only these are trusted (proxy_ssl_trusted_certificate). A server's own certificate
    /// that is self-signed is one, too. Empty (default): those that this machine trusts.
    /// </summary>
    public string Trusted { get; init; } = "";

    /// <summary>
    /// The name that is asked for (SNI) and that the certificate must have (proxy_ssl_name with proxy_ssl_server_name on): fixed text, a
    /// host name or an address. Empty (default): the host in the server's address.
    /// </summary>
    public string ServerName { get; init; } = "";

    /// <summary>
    /// The name of a certificate that this product holds or has in its folder, shown to servers that ask for one (proxy_ssl_certificate).
    /// Empty (default): none.
    /// </summary>
    public string ClientCertificate { get; init; } = "";
}

using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>
/// What some hosts demand of their clients: https, a TLS version, a certificate (nginx: what ngx_http_ssl_module settles for a server).
/// Looked up by the name of the handshake (SNI), and by the request's host.
/// </summary>
public sealed record TlsPolicy : ConfigItem
{
    /// <summary>
    /// <c>a.example.com</c>, or <c>*.example.com</c> for everything below. Ignores case; the most exact one counts, and no two policies
    /// name the same. No regular expressions: a handshake says one name. Empty (default): the policy of every host that no other names;
    /// there is one such policy at most.
    /// </summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>
    /// Plain http is answered with a redirect to https: 301 for GET and HEAD, 308 for the rest, which keeps method and body. Never for
    /// <c>/.well-known/acme-challenge/</c> (RFC 8555, 8.3). Default false.
    /// </summary>
    public bool ForceHttps { get; init; }

    /// <summary>
    /// The port in the redirect's address, as clients know it: behind a port mapping 443 to 8443 it is 443. 1 to 65535; default 443, which
    /// is left out of the address.
    /// </summary>
    public int HttpsPort { get; init; } = 443;

    /// <summary>
    /// Strict-Transport-Security (RFC 6797) in every answer over https, in place of what a server sends. Default null: none of ours.
    /// </summary>
    public HstsPolicy? Hsts { get; init; }

    /// <summary>The oldest TLS that is accepted. Default 1.2.</summary>
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    /// <summary>Which certificates clients show (mTLS). Default null: they are not asked.</summary>
    public ClientCertificatePolicy? ClientCertificates { get; init; }
}

/// <summary>The header that makes browsers use https alone for a host (HSTS, RFC 6797).</summary>
public sealed record HstsPolicy
{
    /// <summary>
    /// For how long they come by https alone, counted from each answer. 0s makes them forget. Default 365d, at most 3650d.
    /// </summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(365);

    /// <summary>It is for every name below, too. Default false.</summary>
    public bool IncludeSubDomains { get; init; }

    /// <summary>Says that browsers may have it built in (hstspreload.org); getting out of there takes months. Default false.</summary>
    public bool Preload { get; init; }
}

/// <summary>The versions of TLS that a policy can demand.</summary>
public enum TlsVersion
{
    /// <summary>TLS 1.2 (RFC 5246).</summary>
    [JsonStringEnumMemberName("1.2")]
    Tls12,

    /// <summary>TLS 1.3 (RFC 8446).</summary>
    [JsonStringEnumMemberName("1.3")]
    Tls13,
}

/// <summary>The demand for certificates of clients (mTLS).</summary>
public sealed record ClientCertificatePolicy
{
    /// <summary>What comes of a request without a good certificate. Default <c>on</c>.</summary>
    public ClientVerify Verify { get; init; } = ClientVerify.On;

    /// <summary>
    /// The authorities that are trusted, as PEM text, roots and whatever stands between (nginx: ssl_client_certificate). Nothing else is:
    /// not the system's, nothing that is fetched. Only <c>optional_no_ca</c> goes without.
    /// </summary>
    public string Trusted { get; init; } = "";

    /// <summary>
    /// How many authorities may stand between the client's certificate and the root (nginx: ssl_verify_depth). 0 to 10, default 1.
    /// </summary>
    public int Depth { get; init; } = 1;
}

/// <summary>nginx's words for it (ssl_verify_client).</summary>
public enum ClientVerify
{
    /// <summary>Without a good certificate the request is answered 400.</summary>
    On,

    /// <summary>None is fine, a bad one is answered 400.</summary>
    Optional,

    /// <summary>
    /// Requests without a certificate pass, and so do those with one of an unknown authority; the server decides by
    /// <c>$ssl_client_verify</c>. A certificate that is bad in another way is answered 400.
    /// </summary>
    OptionalNoCa,
}

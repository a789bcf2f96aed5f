using System.Collections.Immutable;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>
/// Who may prove what to one policy. Chains end in the policy's own roots and nowhere else; what stands between comes from the policy or
/// from the client. Nothing is fetched, and nobody is asked.
/// </summary>
internal sealed class ClientTrust
{
    private static readonly Oid _clientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private readonly ClientCertificatePolicy _policy;
    private readonly X509Certificate2Collection _authorities;
    private readonly SslCertificateTrust? _named;
    private readonly ConditionalWeakTable<SslStreamCertificateContext, SslStreamCertificateContext> _contexts = [];

    public ClientTrust(ClientCertificatePolicy policy, ImmutableArray<X509Certificate2> authorities)
    {
        _policy = policy;
        _authorities = [.. authorities];
        _named = authorities.IsEmpty ? null : SslCertificateTrust.CreateForX509Collection(_authorities, sendTrustInHandshake: true);
    }

    /// <summary>What comes of a request without a good certificate.</summary>
    public ClientVerify Verify => _policy.Verify;

    /// <summary>True when what was proved to the other holds here, too.</summary>
    public bool IsAsGoodAs(ClientTrust other) =>
        ReferenceEquals(this, other) || (_policy.Depth == other._policy.Depth && _policy.Trusted == other._policy.Trusted);

    /// <summary>
    /// Asks in this handshake. <paramref name="judged"/> hears what was shown and what is to be said of it, and whether the handshake goes
    /// on.
    /// </summary>
    public void Ask(SslServerAuthenticationOptions options, Func<X509Certificate2?, string, bool> judged)
    {
        options.ClientCertificateRequired = true;
        options.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
        // A resumed session would bring along what was proved earlier, perhaps to another policy.
        options.AllowTlsResume = false;
        if (_named is not null && options.ServerCertificateContext is { } plain)
            options.ServerCertificateContext = _contexts.GetValue(plain, context =>
                SslStreamCertificateContext.Create(
                    context.TargetCertificate,
                    context.IntermediateCertificates.Count == 0 ? null : [.. context.IntermediateCertificates],
                    offline: true,
                    _named
                )
            );
        options.CertificateChainPolicy = ChainPolicy();
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            judged(certificate as X509Certificate2, certificate is null ? ClientVerdict.None : Judge(chain));
    }

    private X509ChainPolicy ChainPolicy()
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        chain.CustomTrustStore.AddRange(_authorities);
        chain.ApplicationPolicy.Add(_clientAuthentication);
        return chain;
    }

    private string Judge(X509Chain? chain) => chain is null ? ClientVerdict.Failed("no chain") : ClientVerdict.Of(chain, _policy.Depth);
}

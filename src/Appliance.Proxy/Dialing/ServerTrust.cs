using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Dialing;

/// <summary><see cref="UpstreamTls"/> ready for handshakes. Immutable.</summary>
internal sealed class ServerTrust
{
    private readonly ImmutableArray<X509Certificate2> _trusted;

    private ServerTrust(UpstreamTls settings, ImmutableArray<X509Certificate2> trusted) => (Settings, _trusted) = (settings, trusted);

    /// <summary>What this machine trusts, by the host of the address, without a client certificate.</summary>
    public static ServerTrust Standard { get; } = Of(new());

    /// <summary>What it was made from.</summary>
    public UpstreamTls Settings { get; }

    /// <summary>True when only certain authorities are trusted.</summary>
    public bool HasOwn => Settings.Trusted.Length > 0;

    /// <summary>Makes it. Text that cannot be read trusts nobody.</summary>
    public static ServerTrust Of(UpstreamTls settings) =>
        new(settings, CaBundle.Read(settings.Trusted) is { Fault: null } read ? read.Certificates : []);

    /// <summary>How a chain is built for one handshake: without the network, as a dial must not wait for somebody else's server.</summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = HasOwn ? X509ChainTrustMode.CustomRootTrust : X509ChainTrustMode.System,
        };

        // For servers (RFC 5280, 4.2.1.12).
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var authority in _trusted)
            (CaBundle.IsRoot(authority) ? policy.CustomTrustStore : policy.ExtraStore).Add(authority);
        return policy;
    }
}

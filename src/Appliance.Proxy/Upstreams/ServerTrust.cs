using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Upstreams;

/// <summary><see cref="UpstreamTls"/> ready for handshakes. Immutable.</summary>
internal sealed class ServerTrust
{
    private readonly ImmutableArray<X509Certificate2> trusted;

    private ServerTrust(UpstreamTls settings, ImmutableArray<X509Certificate2> trusted) => (Settings, this.trusted) = (settings, trusted);

    /// <summary>What this machine trusts, by the host of the address, without a client certificate.</summary>
    public static ServerTrust Standard { get; } = Of(new());

    /// <summary>What it was made from.</summary>
    public UpstreamTls Settings { get; }

    /// <summary>True when only certain authorities are trusted.</summary>
    public bool HasOwn => Settings.Trusted.Length > 0;

    /// <summary>Makes it. Text that cannot be read trusts nobody.</summary>
    public static ServerTrust Of(UpstreamTls settings) => new(settings, Read(settings.Trusted) ?? []);

    /// <summary>The certificates in a PEM text, or null when it cannot be read.</summary>
    public static ImmutableArray<X509Certificate2>? Read(string pem)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            return [.. all];
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>True for one that can end a chain: signed by itself.</summary>
    public static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

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
        foreach (var one in trusted)
            (IsRoot(one) ? policy.CustomTrustStore : policy.ExtraStore).Add(one);
        return policy;
    }
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Data.Certificates;

/// <summary>
/// A certificate with its chain and the key that belongs to it, as it is stored. Made only of what was read and fits together.
/// </summary>
public sealed class CertificateMaterial
{
    private CertificateMaterial(CertificateReading.Read read)
    {
        Facts = CertificateFacts.Of(read.Leaf);
        Chain = string.Join('\n', read.Chain.Prepend(read.Leaf).Select(certificate => certificate.ExportCertificatePem())) + "\n";
        Key = KeyOf(read.Leaf);
        Notes = read.Notes;
    }

    /// <summary>What it says of itself.</summary>
    public CertificateFacts Facts { get; }

    /// <summary>PEM, the leaf first.</summary>
    public string Chain { get; }

    /// <summary>What was fixed in it, as sentences.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <summary>The private key as PKCS#8. Secret.</summary>
    internal byte[] Key { get; }

    /// <summary>Of a certificate that was read.</summary>
    public static CertificateMaterial Of(CertificateReading.Read read) => new(read);

    private static byte[] KeyOf(X509Certificate2 leaf)
    {
        using var rsa = leaf.GetRSAPrivateKey();
        if (rsa is not null)
            return rsa.ExportPkcs8PrivateKey();
        using var ec = leaf.GetECDsaPrivateKey();
        return ec?.ExportPkcs8PrivateKey() ?? throw new CryptographicException("The key is neither RSA nor ECDSA.");
    }
}

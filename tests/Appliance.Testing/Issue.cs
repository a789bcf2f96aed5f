using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Testing;

/// <summary>Certificates for tests, each signed by itself.</summary>
public static class Issue
{
    /// <summary>The certificate with an EC key, as PEM texts.</summary>
    public static (string Chain, string Key, X509Certificate2 Certificate) Pem(
        string[] names,
        int days = 90,
        int fromDays = -30,
        bool isAuthority = false
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = Signed(new CertificateRequest(Subject(names), key, HashAlgorithmName.SHA256), names, days, fromDays, isAuthority);
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), made);
    }

    /// <summary>With an EC key, signed by an authority whose certificate stands behind it in the chain.</summary>
    public static (string Chain, string Key, X509Certificate2 Certificate) ByAuthority(string[] names, int days = 90)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = Signed(
            new CertificateRequest("CN=Example CA R1, O=Example Trust", authorityKey, HashAlgorithmName.SHA256),
            [],
            1000,
            -100,
            isAuthority: true
        );
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject(names), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names(names));
        var leaf = request.Create(
            authority,
            DateTimeOffset.UtcNow.AddDays(-30),
            DateTimeOffset.UtcNow.AddDays(days),
            RandomNumberGenerator.GetBytes(12)
        );
        return (leaf.ExportCertificatePem() + "\n" + authority.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), leaf);
    }

    /// <summary>With an EC key on this curve.</summary>
    public static (string Chain, string Key) Curve(string[] names, ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        var made = Signed(new CertificateRequest(Subject(names), key, HashAlgorithmName.SHA256), names, 90, -30, isAuthority: false);
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>With an RSA key.</summary>
    public static (string Chain, string Key) Rsa(string[] names, int bits)
    {
        using var key = RSA.Create(bits);
        var made = Signed(
            new CertificateRequest(Subject(names), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            names,
            90,
            -30,
            isAuthority: false
        );
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Subject(string[] names) => names.Length == 0 ? "O=Nobody" : "CN=" + names[0];

    private static X509Certificate2 Signed(CertificateRequest request, string[] names, int days, int fromDays, bool isAuthority)
    {
        if (names.Length > 0)
            request.CertificateExtensions.Add(Names(names));
        if (isAuthority)
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(days));
    }

    private static X509Extension Names(string[] names)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternative.AddIpAddress(address);
            else
                alternative.AddDnsName(name);
        }

        return alternative.Build();
    }
}

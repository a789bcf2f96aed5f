using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Testing;

/// <summary>Certificates for tests, each signed by itself.</summary>
public static class Issue
{
    /// <summary>The certificate with an EC key, as PEM texts.</summary>
    public static (string Chain, string Key, X509Certificate2 Certificate) Pem(string[] names, int days = 90, int fromDays = -30, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = Signed(new CertificateRequest(Subject(names), key, HashAlgorithmName.SHA256), names, days, fromDays, isAuthority);
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), made);
    }

    /// <summary>With an RSA key.</summary>
    public static (string Chain, string Key) Rsa(string[] names, int bits)
    {
        using var key = RSA.Create(bits);
        var made = Signed(new CertificateRequest(Subject(names), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), names, 90, -30, isAuthority: false);
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Subject(string[] names) => names.Length == 0 ? "O=Nobody" : "CN=" + names[0];

    private static X509Certificate2 Signed(CertificateRequest request, string[] names, int days, int fromDays, bool isAuthority)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternative.AddIpAddress(address);
            else
                alternative.AddDnsName(name);
        }

        if (names.Length > 0)
            request.CertificateExtensions.Add(alternative.Build());
        if (isAuthority)
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(days));
    }
}

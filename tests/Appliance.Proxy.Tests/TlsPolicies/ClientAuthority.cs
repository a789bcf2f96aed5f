using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>Somebody who signs clients' certificates, and other authorities.</summary>
internal sealed class ClientAuthority
{
    public ClientAuthority(string subject, ClientAuthority? issuer = null, int toDays = 400)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        // Whoever is signed by another is not valid longer than he is: the second may turn between the two.
        var (from, to) = issuer is null
            ? (DateTimeOffset.UtcNow.AddDays(-60), DateTimeOffset.UtcNow.AddDays(toDays))
            : (issuer.Certificate.NotBefore, issuer.Certificate.NotAfter);
        Certificate = issuer is null
            ? request.CreateSelfSigned(from, to)
            : request.Create(issuer.Certificate, from, to, RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
    }

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    /// <summary>A certificate with its key, for clients unless it is said otherwise.</summary>
    public X509Certificate2 Issue(
        string subject,
        string use = "1.3.6.1.5.5.7.3.2",
        int fromDays = -30,
        int toDays = 30,
        byte[]? serial = null
    ) => Issue(new X500DistinguishedName(subject), use, fromDays, toDays, serial);

    public X509Certificate2 Issue(
        X500DistinguishedName subject,
        string use = "1.3.6.1.5.5.7.3.2",
        int fromDays = -30,
        int toDays = 30,
        byte[]? serial = null
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (use.Length > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(use)], false));
        // Not to the day: the days that are left must not turn while two are asked.
        using var signed = request.Create(
            Certificate,
            DateTimeOffset.UtcNow.AddDays(fromDays),
            DateTimeOffset.UtcNow.AddDays(toDays).AddHours(-1),
            serial ?? RandomNumberGenerator.GetBytes(8)
        );
        // Through a file's form: keys that live in memory only are not shown by every client.
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>One that nobody signed but its owner.</summary>
    public static X509Certificate2 SelfSigned(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(30)
        );
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

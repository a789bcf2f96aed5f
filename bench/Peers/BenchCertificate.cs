using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Bench.Peers;

/// <summary>
/// The one certificate that every peer shows, in the files each of them wants: ECDSA on P-256, as certificate authorities issue it today.
/// </summary>
internal sealed class BenchCertificate : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bench-tls-");

    public BenchCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(Chain, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Both, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
    }

    public string Folder => _folder.FullName;

    public string Chain => Path.Combine(Folder, "default.pem");

    public string Key => Path.Combine(Folder, "default.key");

    /// <summary>Certificate and key in one file, under a name that the product does not read.</summary>
    public string Both => Path.Combine(Folder, "both.txt");

    public void Dispose() => _folder.Delete(recursive: true);
}

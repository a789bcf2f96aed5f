using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Tests.Certificates;

/// <summary>A folder with certificates that a small authority of the test has issued: root, intermediate, leaf.</summary>
internal sealed class Issued : IDisposable
{
    private readonly X509Certificate2 _intermediate;

    public Issued()
    {
        Root = Authority("CN=Test root", null);
        _intermediate = Authority("CN=Test intermediate", Root);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("appliance-certificates-").FullName;

    public X509Certificate2 Root { get; }

    public string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>Writes a pair; the chain stands before the leaf when it shall be out of order.</summary>
    public X509Certificate2 Write(string name, string[] names, int days = 90, bool outOfOrder = false, bool otherKey = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = Leaf(key, names, days);
        string[] chain = [leaf.ExportCertificatePem(), _intermediate.ExportCertificatePem()];
        File.WriteAllText(PathOf(name + ".pem"), string.Join('\n', outOfOrder ? chain.Reverse() : chain));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(PathOf(name + ".key"), (otherKey ? other : key).ExportPkcs8PrivateKeyPem());
        return leaf;
    }

    /// <summary>Writes a PKCS#12 file with a password beside it.</summary>
    public void WritePfx(string name, string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = Leaf(key, names, 90).CopyWithPrivateKey(key);
        var all = new X509Certificate2Collection { own, X509CertificateLoader.LoadCertificate(_intermediate.RawData) };
        File.WriteAllBytes(PathOf(name + ".pfx"), all.Export(X509ContentType.Pkcs12, "secret")!);
        File.WriteAllText(PathOf(name + ".pfx.password"), "secret\n");
    }

    /// <summary>One as the product holds it.</summary>
    public HeldCertificate Held(string name, string[] names, int days = 90, bool isDefault = false, int fromDays = -30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = Leaf(key, names, days, fromDays);
        return new(
            Guid.NewGuid(),
            name,
            1,
            leaf.ExportCertificatePem() + "\n" + _intermediate.ExportCertificatePem(),
            key.ExportPkcs8PrivateKey(),
            null,
            isDefault
        );
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private X509Certificate2 Leaf(ECDsa key, string[] names, int days, int fromDays = -30)
    {
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            alternative.AddDnsName(name);
        request.CertificateExtensions.Add(alternative.Build());
        return request.Create(
            _intermediate,
            DateTimeOffset.UtcNow.AddDays(fromDays),
            DateTimeOffset.UtcNow.AddDays(days),
            RandomNumberGenerator.GetBytes(8)
        );
    }

    private static X509Certificate2 Authority(string subject, X509Certificate2? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        // Whoever is signed by another is not valid longer than he is: the second may turn between the two.
        var (from, to) = issuer is null
            ? (DateTimeOffset.UtcNow.AddDays(-60), DateTimeOffset.UtcNow.AddDays(400))
            : (issuer.NotBefore, (DateTimeOffset)issuer.NotAfter);
        return issuer is null
            ? request.CreateSelfSigned(from, to)
            : request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
    }
}

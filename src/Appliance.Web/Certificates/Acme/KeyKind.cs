using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Which key a certificate has.</summary>
public enum KeyKind
{
    /// <summary>ECDSA with P-256: small, fast, and known to every client of the last ten years.</summary>
    EcP256,

    /// <summary>An ECDSA key with P-384.</summary>
    EcP384,

    /// <summary>RSA with 2048 bits, for old clients.</summary>
    Rsa2048,

    /// <summary>RSA with 4096 bits: every handshake costs several times as much.</summary>
    Rsa4096,
}

/// <summary>Their names in an order.</summary>
public static class KeyKinds
{
    /// <summary>As it is stored.</summary>
    public static string CodeOf(KeyKind kind) =>
        kind switch
        {
            KeyKind.EcP384 => "ec384",
            KeyKind.Rsa2048 => "rsa2048",
            KeyKind.Rsa4096 => "rsa4096",
            _ => "ec256",
        };

    /// <summary>What was stored; P-256 for what nobody knows.</summary>
    public static KeyKind Of(string code) => Enum.GetValues<KeyKind>().FirstOrDefault(kind => CodeOf(kind) == code);
}

/// <summary>A new key that never leaves this process in the clear, and the request (PKCS#10) for its certificate.</summary>
public sealed class NewKey : IDisposable
{
    private readonly AsymmetricAlgorithm _key;

    private NewKey(AsymmetricAlgorithm key, string request) => (_key, Request) = (key, request);

    /// <summary>The certificate request (PKCS#10) as PEM.</summary>
    public string Request { get; }

    /// <summary>Makes a key, and the request for a certificate with these names.</summary>
    public static NewKey For(KeyKind kind, IReadOnlyList<string> names)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            alternative.AddDnsName(name);

        // No subject: the names above are the names, and a common name must not be longer than 64 characters.
        var subject = new X500DistinguishedName("");
        AsymmetricAlgorithm key = kind switch
        {
            KeyKind.EcP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            KeyKind.Rsa2048 => RSA.Create(2048),
            KeyKind.Rsa4096 => RSA.Create(4096),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        };
        var request = key is ECDsa curve
            ? new CertificateRequest(subject, curve, kind == KeyKind.EcP384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256)
            : new CertificateRequest(subject, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(alternative.Build());
        return new(key, request.CreateSigningRequestPem());
    }

    /// <summary>The key, PEM (PKCS#8). Secret.</summary>
    public string ExportPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>True when the certificate has this key.</summary>
    public bool IsOf(X509Certificate2 certificate) =>
        certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo());

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}

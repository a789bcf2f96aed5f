using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>What a certificate says of itself, as people read it. The key is not in it.</summary>
/// <param name="Subject">Whose it is, as an X.500 name; may be empty.</param>
/// <param name="Issuer">Who signed it, as an X.500 name.</param>
/// <param name="IssuerName">The issuer's common name, or its organization where it has no common name.</param>
/// <param name="Names">
/// The names that it is good for, lower case: DNS names, also with a <c>*.</c> in front, and addresses. Its CN counts only when it names
/// nothing else.
/// </param>
/// <param name="Serial">Serial number in hex.</param>
/// <param name="Sha256">SHA-256 of the whole certificate in hex: its fingerprint.</param>
/// <param name="Key">Kind and size of its key: <c>RSA 2048</c>, <c>EC P-256</c>, <c>EC secp256k1</c>.</param>
/// <param name="RsaBits">The size of an RSA key in bits; null for other kinds.</param>
/// <param name="NotBefore">From when it is valid.</param>
/// <param name="NotAfter">Until when it is valid.</param>
/// <param name="IsAuthority">True for the certificate of an authority: it signs others, and no server may show it as its own.</param>
/// <param name="IsSelfSigned">True when its issuer has its own name.</param>
public sealed record CertificateFacts(
    string Subject,
    string Issuer,
    string IssuerName,
    ImmutableArray<string> Names,
    string Serial,
    string Sha256,
    string Key,
    int? RsaBits,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    bool IsAuthority,
    bool IsSelfSigned
)
{
    // By their object identifiers (RFC 5480, 2.1.1.1): those that TLS 1.3 signs with (RFC 8446, 4.2.3), and hardly anybody more in TLS 1.2.
    private static readonly FrozenDictionary<string, string> _curves = new Dictionary<string, string>
    {
        ["1.2.840.10045.3.1.7"] = "P-256",
        ["1.3.132.0.34"] = "P-384",
        ["1.3.132.0.35"] = "P-521",
    }.ToFrozenDictionary();

    /// <summary>
    /// The curve of an EC key when it is one that TLS clients do not take, as <c>secp256k1</c>; null for every other key.
    /// </summary>
    public string? OddCurve { get; private init; }

    /// <summary>Reads the facts of a certificate.</summary>
    public static CertificateFacts Of(X509Certificate2 certificate)
    {
        var (key, rsaBits, oddCurve) = KeyOf(certificate);
        return new(
            certificate.Subject,
            certificate.Issuer,
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true),
            NamesOf(certificate),
            certificate.SerialNumber,
            certificate.GetCertHashString(HashAlgorithmName.SHA256),
            key,
            rsaBits,
            certificate.NotBefore,
            certificate.NotAfter,
            certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority),
            certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
        )
        {
            OddCurve = oddCurve,
        };
    }

    /// <summary>Those of every certificate in a PEM text, in its order; none where it cannot be read.</summary>
    public static ImmutableArray<CertificateFacts> OfPem(string text)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            return [];
        }

        ImmutableArray<CertificateFacts> facts = [.. all.Select(Of)];
        foreach (var certificate in all)
            certificate.Dispose();
        return facts;
    }

    /// <summary>True at a time between its dates.</summary>
    public bool IsValidAt(DateTimeOffset time) => NotBefore <= time && time < NotAfter;

    private static ImmutableArray<string> NamesOf(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names)
            return [.. names.EnumerateDnsNames().Select(Plain), .. names.EnumerateIPAddresses().Select(address => address.ToString())];
        var common = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return common.Length == 0 ? [] : [Plain(common)];
    }

    private static (string Key, int? RsaBits, string? OddCurve) KeyOf(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
            return ($"RSA {rsa.KeySize}", rsa.KeySize, null);
        using var ec = certificate.GetECDsaPublicKey();
        if (ec is null)
            return (certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "unknown", null, null);
        var curve = ec.ExportParameters(includePrivateParameters: false).Curve.Oid;
        if (_curves.TryGetValue(curve?.Value ?? "", out var known))
            return ($"EC {known}", null, null);
        var odd = curve?.FriendlyName ?? curve?.Value ?? $"{ec.KeySize} bits";
        return ($"EC {odd}", null, odd);
    }

    private static string Plain(string name) => name.TrimEnd('.').ToLower(CultureInfo.InvariantCulture);
}

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates;

/// <summary>One thing that was given: a file, or pasted text.</summary>
/// <param name="Path">Its field.</param>
/// <param name="Name">What it is called in sentences.</param>
/// <param name="Bytes">What is in it; nothing when it is too large to be read.</param>
internal sealed record UploadPart(string Path, string Name, byte[] Bytes)
{
    /// <summary>How large it is, in bytes.</summary>
    public long Size { get; init; } = Bytes.Length;
}

/// <summary>
/// What people give as a certificate: PEM, PKCS#12 or DER, in any number of files and in any order, made into one certificate with its
/// chain and key.
/// </summary>
internal static class Upload
{
    /// <summary>The field of the files.</summary>
    public const string Files = "files";

    /// <summary>The field of pasted text.</summary>
    public const string Text = "text";

    /// <summary>The field of the password.</summary>
    public const string Password = "password";

    /// <summary>Longest file; a chain with its key has some ten thousand bytes.</summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>Most files that one upload may have.</summary>
    public const int MostFiles = 8;

    /// <summary>The material, or null with what is wrong at its field.</summary>
    public static CertificateMaterial? Read(IReadOnlyList<UploadPart> parts, string? password, List<FieldProblem> problems)
    {
        if (parts.Count == 0)
        {
            problems.Add(new(Files, "Choose the files of the certificate and its key, or paste them below."));
            return null;
        }

        var pem = new StringBuilder();
        var box = default(UploadPart);
        foreach (var part in parts)
        {
            if (part.Size > MostBytes)
                problems.Add(
                    new(part.Path, $"{part.Name} has {part.Size / 1024} KiB; a certificate has some, {MostBytes / 1024} at most.")
                );
            else if (TextOf(part.Bytes) is { } text)
                pem.AppendLine(text);
            else if (DerOf(part.Bytes) is { } converted)
                pem.AppendLine(converted);
            else if (IsPkcs12(part.Bytes) && box is null)
                box = part;
            else
                problems.Add(new(part.Path, Unknown(part, box)));
        }

        if (problems.Count > 0)
            return null;
        if (box is not null && pem.Length > 0)
        {
            problems.Add(new(box.Path, $"{box.Name} has certificate and key inside; give it alone, or PEM files without it."));
            return null;
        }

        var at = box?.Path ?? (parts.Any(part => part.Path == Files) ? Files : Text);
        return (
            box is null ? CertificateParser.FromPem(pem.ToString(), password) : CertificateParser.FromPkcs12(box.Bytes, password)
        ) switch
        {
            CertificateReading.Read read => CertificateMaterial.Of(read),
            CertificateReading.Refused refused => Refused(refused, at, pem.ToString(), problems),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static CertificateMaterial? Refused(CertificateReading.Refused refused, string at, string text, List<FieldProblem> problems)
    {
        problems.Add(
            refused.Fault switch
            {
                CertificateFault.NoCertificate => new(at, Instead(text)),
                CertificateFault.NoKey => new(
                    at,
                    "There is no private key in it; add the file with the key, too. A certificate without its key cannot be served."
                ),
                CertificateFault.OtherKey => new(
                    at,
                    "The key belongs to another certificate; give the key this certificate was requested with."
                ),
                CertificateFault.PasswordNeeded => new(Password, "The key is encrypted; type its password."),
                CertificateFault.WrongPassword => new(Password, "The password does not open it, or its key is neither RSA nor ECDSA."),
                _ => new(at, $"It {refused.Reason}."),
            }
        );
        return null;
    }

    private static string Unknown(UploadPart part, UploadPart? box) =>
        ContentOf(part.Bytes) switch
        {
            X509ContentType.Pkcs12 when box is not null => $"{box.Name} and {part.Name} are two PKCS#12 files; give one of them.",
            X509ContentType.Pkcs7 =>
                $"{part.Name} is PKCS#7 (.p7b), which is not read here; write it as PEM with: openssl pkcs7 -inform DER -print_certs "
                    + "-in chain.p7b -out chain.pem",
            _ => $"{part.Name} is neither PEM (it begins with -----BEGIN) nor a certificate or key in DER nor PKCS#12 (.pfx, .p12).",
        };

    // What people mistake for their certificate; a key alone is the commonest, and says nothing of its own.
    private static string Instead(string text) =>
        text switch
        {
            _ when text.Contains("CERTIFICATE REQUEST-----", StringComparison.Ordinal) =>
                "It is a request for a certificate (CSR). Give it to an authority; what comes back from there belongs here, with the "
                    + "key that the request was made with.",
            _ when text.Contains("-----BEGIN PKCS7-----", StringComparison.Ordinal) =>
                "It has its certificates as PKCS#7 (.p7b), which is not read here; write them as PEM with: openssl pkcs7 -print_certs "
                    + "-in chain.p7b -out chain.pem",
            _ => "There is no certificate in it (-----BEGIN CERTIFICATE-----); add the file with the certificate and its chain.",
        };

    // Editors of other systems write other encodings, with a mark in front.
    private static string? TextOf(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        var text = reader.ReadToEnd();
        return text.Contains("-----BEGIN ", StringComparison.Ordinal) ? text : null;
    }

    private static bool IsPkcs12(byte[] bytes) => ContentOf(bytes) is X509ContentType.Pkcs12 or X509ContentType.Pfx;

    private static X509ContentType ContentOf(byte[] bytes)
    {
        try
        {
            return bytes.Length == 0 ? X509ContentType.Unknown : X509Certificate2.GetCertContentType(bytes);
        }
        catch (CryptographicException)
        {
            return X509ContentType.Unknown;
        }
    }

    // A .cer or .der file, or a key in DER; null when it is none.
    private static string? DerOf(byte[] bytes)
    {
        if (ContentOf(bytes) == X509ContentType.Cert)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(bytes);
            return certificate.ExportCertificatePem();
        }

        if (IsEncryptedKey(bytes))
            return new string(PemEncoding.Write("ENCRYPTED PRIVATE KEY", bytes));
        using var rsa = RSA.Create();
        using var ec = ECDsa.Create();
        return Key(() => rsa.ImportPkcs8PrivateKey(bytes, out _), rsa)
            ?? Key(() => ec.ImportPkcs8PrivateKey(bytes, out _), ec)
            ?? Key(() => rsa.ImportRSAPrivateKey(bytes, out _), rsa)
            ?? Key(() => ec.ImportECPrivateKey(bytes, out _), ec);

        static string? Key(Action import, AsymmetricAlgorithm key)
        {
            try
            {
                import();
                return key.ExportPkcs8PrivateKeyPem();
            }
            catch (CryptographicException)
            {
                // It may be of another kind.
                return null;
            }
        }
    }

    // EncryptedPrivateKeyInfo (RFC 5958, 3): how it is encrypted, by PKCS#5 or PKCS#12, and what. A key without a password begins with a
    // number, a certificate with a sequence.
    private static bool IsEncryptedKey(byte[] bytes)
    {
        try
        {
            var info = new AsnReader(bytes, AsnEncodingRules.BER).ReadSequence();
            var algorithm = info.ReadSequence().ReadObjectIdentifier();
            info.ReadOctetString();
            return !info.HasData
                && (
                    algorithm.StartsWith("1.2.840.113549.1.5.", StringComparison.Ordinal)
                    || algorithm.StartsWith("1.2.840.113549.1.12.1.", StringComparison.Ordinal)
                );
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}

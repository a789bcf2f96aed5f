using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Tls;

/// <summary>
/// Reads one certificate with its key: a pair <c>NAME.pem</c> or <c>NAME.crt</c> and <c>NAME.key</c>, or <c>NAME.pfx</c> with <c>NAME.pfx.password</c> beside it if it has one.
/// The chain is put in order: clients of a server that sends it wrong fail, but not all of them, and nobody finds out why.
/// </summary>
internal static class CertificateFile
{
    private const string CannotRead = "cannot be read";

    /// <summary>True for the names that are looked at. An issuer's certificate that lego writes beside is part of the other file already.</summary>
    public static bool Is(string file) =>
        Path.GetExtension(file).ToLowerInvariant() is ".pem" or ".crt" or ".pfx" && !file.EndsWith(".issuer.crt", StringComparison.OrdinalIgnoreCase);

    /// <summary>The files that this one consists of.</summary>
    public static ImmutableArray<string> PartsOf(string file) => IsPfx(file) ? [file, file + ".password"] : [file, Path.ChangeExtension(file, ".key")];

    /// <summary>The certificate, or why there is none.</summary>
    public static (ServedCertificate? Certificate, string? Fault) Read(string file)
    {
        try
        {
            return IsPfx(file) ? FromPfx(file) : FromPem(file);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return (null, $"{CannotRead} ({exception.Message.TrimEnd('.')})");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"{CannotRead}: {exception.Message.TrimEnd('.')}");
        }
    }

    private static bool IsPfx(string file) => Path.GetExtension(file).Equals(".pfx", StringComparison.OrdinalIgnoreCase);

    private static (ServedCertificate?, string?) FromPem(string file)
    {
        var keyFile = Path.ChangeExtension(file, ".key");
        if (!File.Exists(keyFile))
            return (null, $"has no key beside it: {Path.GetFileName(keyFile)} is not there");
        var all = new X509Certificate2Collection();
        all.ImportFromPem(File.ReadAllText(file));
        if (all.Count == 0)
            return (null, "has no certificate in it");
        var key = File.ReadAllText(keyFile);
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            return (null, $"cannot be used: {Path.GetFileName(keyFile)} has no private key in it");
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
            return (null, $"cannot be used: the key in {Path.GetFileName(keyFile)} is encrypted; write it without a password, or use a .pfx with its .password");
        foreach (var one in all)
        {
            if (WithKey(one, key) is { } own)
                return (InOrder(file, own, one, all), null);
        }

        return (null, $"cannot be used: the key in {Path.GetFileName(keyFile)} belongs to another certificate");
    }

    // The framework says with an exception whether a key belongs to a certificate.
    private static X509Certificate2? WithKey(X509Certificate2 certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static (ServedCertificate?, string?) FromPfx(string file)
    {
        var password = File.Exists(file + ".password") ? File.ReadAllText(file + ".password").TrimEnd('\r', '\n') : null;
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        return all.FirstOrDefault(one => one.HasPrivateKey) is { } own ? (InOrder(file, own, own, all), null) : (null, "has no certificate with a key in it");
    }

    private static ServedCertificate InOrder(string file, X509Certificate2 own, X509Certificate2 inFile, X509Certificate2Collection all)
    {
        var rest = all.Where(one => one != inFile).ToList();
        var chain = new X509Certificate2Collection();
        for (var at = own; at.SubjectName.RawData.AsSpan().SequenceEqual(at.IssuerName.RawData) == false;)
        {
            if (rest.FirstOrDefault(one => one.SubjectName.RawData.AsSpan().SequenceEqual(at.IssuerName.RawData)) is not { } issuer)
                break;
            rest.Remove(issuer);
            chain.Add(at = issuer);
        }

        var notes = ImmutableArray.CreateBuilder<string>();
        if (!IsPfx(file) && !all.Where(one => !rest.Contains(one)).SequenceEqual([inFile, .. chain]))
            notes.Add("Its chain is out of order in the file; it is sent in the right one.");
        if (rest.Count > 0)
            notes.Add($"It has {rest.Count} {(rest.Count == 1 ? "certificate" : "certificates")} in it that {(rest.Count == 1 ? "does" : "do")} not belong to its chain and {(rest.Count == 1 ? "is" : "are")} not sent.");
        return new(Path.GetFileName(file), own, chain, notes.ToImmutable());
    }
}

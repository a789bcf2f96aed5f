using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// Reads one certificate with its chain and its key. The chain is put in order: clients of a server that sends it wrong fail, but not all
/// of them, and nobody finds out why.
/// </summary>
public static class CertificateParser
{
    // What the loader says for another password (ERROR_INVALID_PASSWORD), on every system.
    private const int InvalidPassword = unchecked((int)0x80070056);
    private const string KeyLabel = "PRIVATE KEY";

    /// <summary>
    /// From PEM text that holds certificates and a key, in any order. The password is for a key that is encrypted (<c>ENCRYPTED PRIVATE
    /// KEY</c>, RFC 5958).
    /// </summary>
    public static CertificateReading FromPem(string text, string? password = null)
    {
        // Files without an end of line, put one behind the other.
        text = text.Replace("----------BEGIN ", "-----\n-----BEGIN ", StringComparison.Ordinal);
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(text);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return Unreadable(exception);
        }

        if (all.Count == 0)
            return new CertificateReading.Refused(CertificateFault.NoCertificate, "has no certificate in it");
        if (text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            return new CertificateReading.Refused(
                CertificateFault.Unreadable,
                "has a key that is encrypted in an old way; write it again with: openssl pkcs8 -topk8 -in old.key -out new.key"
            );
        var (keys, refused) = KeysIn(text, password);
        if (refused is not null)
            return refused;
        if (keys.IsEmpty)
            return new CertificateReading.Refused(CertificateFault.NoKey, "has no private key in it");
        foreach (var key in keys)
        {
            foreach (var certificate in all)
            {
                if (WithKey(certificate, key) is { } own)
                    return InOrder(own, certificate, all, wasOrdered: true);
            }
        }

        return new CertificateReading.Refused(CertificateFault.OtherKey, "has a key that belongs to another certificate");
    }

    /// <summary>From a PKCS#12 file (.pfx, .p12), which has its key inside.</summary>
    public static CertificateReading FromPkcs12(ReadOnlySpan<byte> bytes, string? password)
    {
        try
        {
            // The key must come out again, for the store. It never lies in a file. The loader has limits of its own for iterations: 300,000
            // for one part, a million for all.
            var all = X509CertificateLoader.LoadPkcs12Collection(bytes, password, X509KeyStorageFlags.Exportable);
            return all.FirstOrDefault(certificate => certificate.HasPrivateKey) is { } own
                ? InOrder(own, own, all, wasOrdered: false)
                : new CertificateReading.Refused(CertificateFault.NoKey, "has no certificate with a key in it");
        }
        catch (CryptographicException exception) when (exception.HResult == InvalidPassword)
        {
            return string.IsNullOrEmpty(password)
                ? new CertificateReading.Refused(CertificateFault.PasswordNeeded, "has a password")
                : WrongPassword;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return Unreadable(exception);
        }
    }

    /// <summary>From a chain in PEM, the leaf first, and a key as PKCS#8.</summary>
    internal static CertificateReading FromParts(string chain, ReadOnlySpan<byte> key) =>
        FromPem(chain + "\n" + new string(PemEncoding.Write(KeyLabel, key)));

    private static CertificateReading.Refused WrongPassword =>
        new CertificateReading.Refused(CertificateFault.WrongPassword, "has another password, or a key that is neither RSA nor ECDSA");

    private static CertificateReading.Refused Unreadable(Exception exception) =>
        new CertificateReading.Refused(CertificateFault.Unreadable, $"cannot be read ({exception.Message.TrimEnd('.')})");

    private static (ImmutableArray<string> Keys, CertificateReading.Refused? Refused) KeysIn(string text, string? password)
    {
        var keys = ImmutableArray.CreateBuilder<string>();
        var cost = 0L;
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var found); rest = rest[found.Location.End..])
        {
            var label = rest[found.Label];
            if (!label.EndsWith(KeyLabel, StringComparison.Ordinal))
                continue;
            var isEncrypted = label.StartsWith("ENCRYPTED", StringComparison.Ordinal);
            if (isEncrypted && string.IsNullOrEmpty(password))
                return ([], new CertificateReading.Refused(CertificateFault.PasswordNeeded, "has a key that is encrypted"));

            // All keys together: a text has room for thousands.
            if (isEncrypted && (cost += KeyCost.Iterations(rest[found.Base64Data])) > KeyCost.Most)
                return (
                    [],
                    new CertificateReading.Refused(
                        CertificateFault.Unreadable,
                        $"has a key whose password is stretched by more than {KeyCost.Most:N0} iterations, which takes too long to "
                            + "open; write it again with: openssl pkcs8 -topk8 -iter 100000 -in old.key -out new.key"
                    )
                );
            if (Opened(rest[found.Location], isEncrypted ? password : null) is { } key)
                keys.Add(key);
            else
                return (
                    [],
                    isEncrypted
                        ? WrongPassword
                        : new CertificateReading.Refused(
                            CertificateFault.Unreadable,
                            "has a key that cannot be read; it takes RSA or ECDSA"
                        )
                );
        }

        return (keys.ToImmutable(), null);
    }

    // The key without a password, or null when it is of no kind that can be read.
    private static string? Opened(ReadOnlySpan<char> pem, string? password)
    {
        foreach (var kind in new Func<AsymmetricAlgorithm>[] { RSA.Create, ECDsa.Create })
        {
            using var key = kind();
            try
            {
                if (password is null)
                    key.ImportFromPem(pem);
                else
                    key.ImportFromEncryptedPem(pem, password);
                return key.ExportPkcs8PrivateKeyPem();
            }
            catch (Exception exception) when (exception is CryptographicException or ArgumentException)
            {
                // It may be of the other kind.
            }
        }

        return null;
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

    private static CertificateReading.Read InOrder(
        X509Certificate2 own,
        X509Certificate2 asGiven,
        X509Certificate2Collection all,
        bool wasOrdered
    )
    {
        var rest = all.Where(certificate => certificate != asGiven).ToList();
        var others = rest.Where(certificate => !certificate.Equals(own))
            .DistinctBy(certificate => Convert.ToHexString(certificate.RawDataMemory.Span))
            .ToList();
        var (path, hasOthers) = ChainPaths.Best(own, others, TimeProvider.System.GetUtcNow());
        var chain = new X509Certificate2Collection();
        foreach (var authority in path)
        {
            chain.Add(authority);
            rest.Remove(authority);
        }

        var notes = ImmutableArray.CreateBuilder<string>();
        if (wasOrdered && !all.Where(certificate => !rest.Contains(certificate)).SequenceEqual([asGiven, .. chain]))
            notes.Add("Its chain is out of order in the file; it is sent in the right one.");
        if (hasOthers)
            notes.Add($"It has the certificates of more than one chain in it; the one by {chain[^1].Issuer} is sent.");
        else if (rest.Count > 0)
            notes.Add(
                $"It has {rest.Count} {(rest.Count == 1 ? "certificate" : "certificates")} in it that "
                    + $"{(rest.Count == 1 ? "does" : "do")} not belong to its chain and {(rest.Count == 1 ? "is" : "are")} not sent."
            );
        return new(own, chain, notes.ToImmutable());
    }
}

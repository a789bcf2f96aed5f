using System.Collections.Immutable;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// Reads one certificate with its key from a folder: a pair <c>NAME.pem</c> or <c>NAME.crt</c> and <c>NAME.key</c>, or <c>NAME.pfx</c> with
/// <c>NAME.pfx.password</c> beside it if it has one.
/// </summary>
internal static class CertificateFile
{
    /// <summary>
    /// True for the names that are looked at. An issuer's certificate that lego writes beside is part of the other file already.
    /// </summary>
    public static bool Is(string file) =>
        Path.GetExtension(file).ToLowerInvariant() is ".pem" or ".crt" or ".pfx"
        && !file.EndsWith(".issuer.crt", StringComparison.OrdinalIgnoreCase);

    /// <summary>The files that this one consists of.</summary>
    public static ImmutableArray<string> PartsOf(string file) => IsPfx(file) ? [file, file + ".password"] : [file, KeyOf(file)];

    /// <summary>
    /// Reads the certificate of a file with its key, or says why it cannot be used, as the end of a sentence without its dot.
    /// </summary>
    public static (ServedCertificate? Certificate, string? Fault) Read(string file)
    {
        try
        {
            if (!IsPfx(file) && !File.Exists(KeyOf(file)))
                return (null, $"has no key beside it: {Path.GetFileName(KeyOf(file))} is not there");
            if (PartsOf(file).FirstOrDefault(IsNoPlainFile) is { } part)
                return (null, $"cannot be used: {Path.GetFileName(part)} is empty, or no plain file");
            return (IsPfx(file) ? FromPfx(file) : FromPair(file)) switch
            {
                CertificateReading.Read read => (ServedCertificate.OfFile(Path.GetFileName(file), read), null),
                CertificateReading.Refused refused => (null, Words(file, refused)),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be read: {exception.Message.TrimEnd('.')}");
        }
    }

    // A pipe or a device has no length, and reading it could wait without end.
    private static bool IsNoPlainFile(string file) =>
        File.Exists(file)
        && (File.ResolveLinkTarget(file, returnFinalTarget: true) as FileInfo ?? new FileInfo(file)) is { Exists: true, Length: 0 };

    private static string Words(string file, CertificateReading.Refused refused)
    {
        var key = Path.GetFileName(KeyOf(file));
        return (IsPfx(file), refused.Fault) switch
        {
            (false, CertificateFault.NoKey) => $"cannot be used: {key} has no private key in it",
            (false, CertificateFault.PasswordNeeded) =>
                $"cannot be used: the key in {key} is encrypted; write it without a password, or use a .pfx with its .password",
            (false, CertificateFault.OtherKey) => $"cannot be used: the key in {key} belongs to another certificate",
            (true, CertificateFault.PasswordNeeded) =>
                $"cannot be used: it has a password; write it into {Path.GetFileName(file)}.password",
            (true, CertificateFault.WrongPassword) =>
                $"cannot be used: its password is another one than that in {Path.GetFileName(file)}.password",
            _ => refused.Reason,
        };
    }

    private static bool IsPfx(string file) => Path.GetExtension(file).Equals(".pfx", StringComparison.OrdinalIgnoreCase);

    private static string KeyOf(string file) => Path.ChangeExtension(file, ".key");

    private static CertificateReading FromPair(string file) =>
        CertificateParser.FromPem(File.ReadAllText(file) + "\n" + File.ReadAllText(KeyOf(file)));

    private static CertificateReading FromPfx(string file) =>
        CertificateParser.FromPkcs12(
            File.ReadAllBytes(file),
            File.Exists(file + ".password") ? File.ReadAllText(file + ".password").TrimEnd('\r', '\n') : null
        );
}

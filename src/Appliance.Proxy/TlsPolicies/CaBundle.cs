using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>The authorities in a PEM text: read for handshakes, checked before it is stored, and shown to whoever pastes it.</summary>
/// <param name="Certificates">What was read, in order.</param>
/// <param name="Fault">Why the text is none, as a sentence; null when it is one. <see cref="Certificates"/> has what stands before the fault.</param>
public sealed record CaBundle(ImmutableArray<X509Certificate2> Certificates, string? Fault)
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    private const string Label = "CERTIFICATE";

    /// <summary>The text without certificates.</summary>
    public static CaBundle Empty { get; } = new([], null);

    /// <summary>Those that nobody else signed: where a chain can end.</summary>
    public IEnumerable<X509Certificate2> Roots => Certificates.Where(IsRoot);

    /// <summary>Reads a text. Never throws for what somebody pasted.</summary>
    public static CaBundle Read(string pem)
    {
        if (pem.Length > MaxLength)
            return new([], $"The text has {pem.Length} characters; at most {MaxLength} are accepted.");
        var found = ImmutableArray.CreateBuilder<X509Certificate2>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var label = rest[fields.Label].ToString();
            var number = found.Count + 1;
            if (label.Contains("PRIVATE KEY", StringComparison.Ordinal))
                return new(found.ToImmutable(), "There is a private key in the text. Paste certificates only; a key belongs to nobody but its owner.");
            if (label != Label)
                return new(found.ToImmutable(), $"There is a \"{label}\" in the text. Paste certificates only, as -----BEGIN CERTIFICATE-----.");
            try
            {
                found.Add(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(rest[fields.Base64Data].ToString())));
            }
            catch (Exception exception) when (exception is CryptographicException or FormatException)
            {
                return new(found.ToImmutable(), $"Certificate {number} in the text cannot be read; it may have been cut. Paste it again from its BEGIN to its END line.");
            }

            rest = rest[fields.Location.End..];
        }

        if (rest.Contains("-----BEGIN", StringComparison.Ordinal))
            return new(found.ToImmutable(), $"Certificate {found.Count + 1} in the text cannot be read; it may have been cut. Paste it again from its BEGIN to its END line.");
        return new(found.ToImmutable(), found.Count > 0 || pem.AsSpan().Trim().IsEmpty ? null : "There is no certificate in the text; it begins with -----BEGIN CERTIFICATE-----.");
    }

    /// <summary>True for a certificate whose subject signed it.</summary>
    public static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary>True for one that may sign others (RFC 5280, 4.2.1.9). Roots from before version 3 say nothing about it, and may.</summary>
    public static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { } constraints ? constraints.CertificateAuthority : certificate.Version < 3 && IsRoot(certificate);

    /// <summary>A certificate in a word: its common name, else its whole subject.</summary>
    public static string NameOf(X509Certificate2 certificate) =>
        certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } name ? name : certificate.Subject;
}

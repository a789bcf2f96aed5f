using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// The authorities in a text, for clients' certificates and for servers' alike. The text is read for handshakes, checked before it is
/// stored, and shown in the form where it is pasted. It is PEM (RFC 7468) with any text between the blocks, or the base64 of one
/// certificate alone. A certificate that stands there twice counts once.
/// </summary>
/// <param name="Certificates">What was read, in the order of the text.</param>
/// <param name="Fault">
/// Why the text cannot be used; null when it can, or is empty. <see cref="Certificates"/> then has what stands before the fault.
/// </param>
public sealed record CaBundle(ImmutableArray<X509Certificate2> Certificates, CaBundleFault? Fault)
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    private const string Label = "CERTIFICATE";
    private const string Begin = "-----BEGIN";

    /// <summary>The text without certificates.</summary>
    public static CaBundle Empty { get; } = new([], null);

    /// <summary>Those that nobody else signed: where a chain can end.</summary>
    public IEnumerable<X509Certificate2> Roots => Certificates.Where(IsRoot);

    /// <summary>Reads a text. Never throws for what somebody pasted.</summary>
    public static CaBundle Read(string text)
    {
        if (text.Length > MaxLength)
            return Bad([], $"The text has {text.Length} characters; at most {MaxLength} are accepted.");

        // A mark at the beginning, as some editors write it, and files without an end of line, put one behind the other.
        text = text.TrimStart('\uFEFF').Replace("----------BEGIN ", "-----\n-----BEGIN ", StringComparison.Ordinal);
        if (!text.Contains(Begin, StringComparison.Ordinal))
            return Bare(text);
        var found = ImmutableArray.CreateBuilder<X509Certificate2>();
        var number = 1;
        var rest = text.AsSpan();
        for (; PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..], number++)
        {
            var label = rest[fields.Label];

            // The framework goes over a block without an end, and takes the next.
            if (rest[..fields.Location.Start].Contains(Begin, StringComparison.Ordinal))
                return Cut(found, number);
            if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
                return new(
                    found.ToImmutable(),
                    new(
                        "key_in_trusted",
                        "There is a private key in the text. Paste certificates only; a key belongs to nobody but its owner. Make a "
                            + "new one if this text has been elsewhere."
                    )
                );
            if (!label.SequenceEqual(Label))
                return Bad(found, $"There is a \"{label}\" in the text. Paste certificates only, as -----BEGIN CERTIFICATE-----.");
            if (Load(rest[fields.Base64Data]) is not { } certificate)
                return Cut(found, number);
            Add(found, certificate);
        }

        return rest.Contains(Begin, StringComparison.Ordinal) ? Cut(found, number) : new(found.ToImmutable(), null);
    }

    /// <summary>True for a certificate whose subject signed it.</summary>
    public static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary>True for one that may sign others (RFC 5280, 4.2.1.9). Roots from before version 3 say nothing about it, and may.</summary>
    public static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { } constraints
            ? constraints.CertificateAuthority
            : certificate.Version < 3 && IsRoot(certificate);

    /// <summary>A certificate in a word: its common name, else its whole subject.</summary>
    public static string NameOf(X509Certificate2 certificate) =>
        certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } name ? name : certificate.Subject;

    // DER in base64 without the lines around it, as some consoles show it; or nothing.
    private static CaBundle Bare(string text)
    {
        if (text.AsSpan().Trim().IsEmpty)
            return Empty;
        return Load(text) is { } certificate
            ? new([certificate], null)
            : Bad([], "There is no certificate in the text; it begins with -----BEGIN CERTIFICATE-----.");
    }

    private static void Add(ImmutableArray<X509Certificate2>.Builder found, X509Certificate2 certificate)
    {
        if (found.Any(candidate => candidate.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)))
            certificate.Dispose();
        else
            found.Add(certificate);
    }

    private static X509Certificate2? Load(ReadOnlySpan<char> base64)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(base64.ToString()));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static CaBundle Cut(ImmutableArray<X509Certificate2>.Builder found, int number) =>
        Bad(
            found,
            $"Certificate {number} in the text cannot be read; it may have been cut. Paste it again from its BEGIN to its END line."
        );

    private static CaBundle Bad(IEnumerable<X509Certificate2> found, string message) => new([.. found], new("bad_pem", message));
}

/// <summary>Why a text is no bundle of authorities.</summary>
/// <param name="Code">The code of the problem: <c>bad_pem</c>, or <c>key_in_trusted</c> for a private key.</param>
/// <param name="Message">A sentence that says what to do.</param>
public sealed record CaBundleFault(string Code, string Message);

using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>One certificate with its chain and key, ready for handshakes.</summary>
public sealed class ServedCertificate
{
    private readonly X509Certificate2Collection _behind;

    private ServedCertificate(CertificateOrigin origin, string name, CertificateReading.Read read)
    {
        (Origin, Name, Certificate, Notes) = (origin, name, read.Leaf, read.Notes);
        _behind = read.Chain;
        Context = NewContext();
        Facts = CertificateFacts.Of(read.Leaf);
        Chain = [.. read.Chain.Select(CertificateFacts.Of)];
    }

    /// <summary>Where it comes from.</summary>
    public CertificateOrigin Origin { get; }

    /// <summary>The file's name without its extension, or the name people gave it; empty for the one that was made at the start.</summary>
    public string Name { get; }

    /// <summary>The file's name without the folder; empty when it is not from there.</summary>
    public string File { get; private init; } = "";

    /// <summary>The id of a certificate that the product holds; null for one of the folder, and for the self-made last resort.</summary>
    public Guid? HeldId { get; private init; }

    /// <summary>True when somebody has chosen it as the default.</summary>
    public bool IsMarkedDefault { get; private init; }

    /// <summary>What it says of itself.</summary>
    public CertificateFacts Facts { get; }

    /// <summary>Those that are sent behind it; a root among them is not, since clients have it or trust it not.</summary>
    public ImmutableArray<CertificateFacts> Chain { get; }

    /// <summary>
    /// What it is good for, lower case: DNS names, also with a <c>*.</c> in front, and addresses. Its CN only when it names nothing else.
    /// </summary>
    public ImmutableArray<string> Names => Facts.Names;

    /// <summary>Who signed it, as an X.500 name.</summary>
    public string Issuer => Facts.Issuer;

    /// <summary>From when it is valid.</summary>
    public DateTimeOffset NotBefore => Facts.NotBefore;

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset NotAfter => Facts.NotAfter;

    /// <summary>What was fixed or is odd, as sentences; mostly empty.</summary>
    public ImmutableArray<string> Notes { get; }

    internal X509Certificate2 Certificate { get; }

    /// <summary>
    /// True when a client that wants <paramref name="host"/> (lower case, without port) accepts it: by name, or by a wildcard one level up
    /// (RFC 9525, 6.3).
    /// </summary>
    public bool Covers(string host) =>
        Names.Contains(host) || (CertificateChoice.WildcardOf(host) is { } wildcard && Names.Contains(wildcard));

    /// <summary>True at a time between its dates.</summary>
    public bool IsValidAt(DateTimeOffset time) => Facts.IsValidAt(time);

    /// <summary>
    /// The certificate and the chain behind it as PEM, for people who want to look at it or trust it. The key is not in it.
    /// </summary>
    public string ToPem() => string.Concat(_behind.Prepend(Certificate).Select(certificate => certificate.ExportCertificatePem() + "\n"));

    /// <summary>
    /// What handshakes get; made once, and not in every handshake. <see cref="TicketKeys"/> says when a port takes another one.
    /// </summary>
    internal SslStreamCertificateContext Context { get; }

    /// <summary>
    /// As <see cref="Context"/>, with ticket keys of its own. Offline: a start must not wait for somebody else's server.
    /// </summary>
    internal SslStreamCertificateContext NewContext() => SslStreamCertificateContext.Create(Certificate, _behind, offline: true);

    internal static ServedCertificate Made(X509Certificate2 certificate) => new(CertificateOrigin.Made, "", new(certificate, [], []));

    internal static ServedCertificate OfFile(string file, CertificateReading.Read read) =>
        new(CertificateOrigin.Folder, Path.GetFileNameWithoutExtension(file), read) { File = file };

    internal static ServedCertificate OfHeld(HeldCertificate held, CertificateReading.Read read) =>
        new(CertificateOrigin.Held, held.Name, read) { HeldId = held.Id, IsMarkedDefault = held.IsDefault };
}

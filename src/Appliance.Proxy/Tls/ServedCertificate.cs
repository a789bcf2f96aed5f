using System.Collections.Immutable;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Tls;

/// <summary>One certificate with its chain and key, ready for handshakes.</summary>
public sealed class ServedCertificate
{
    internal ServedCertificate(string file, X509Certificate2 certificate, X509Certificate2Collection chain, ImmutableArray<string> notes)
    {
        (File, Certificate, Notes) = (file, certificate, notes);
        // Once here, and not in every handshake. Offline: a start must not wait for somebody else's server.
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        Names = NamesOf(certificate);
    }

    /// <summary>The file's name without the folder; empty for the one that was made at the start.</summary>
    public string File { get; }

    /// <summary>What it is good for, lower case: DNS names, also with a <c>*.</c> in front, and addresses. Its CN only when it names nothing else.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Who signed it.</summary>
    public string Issuer => Certificate.Issuer;

    /// <summary>From when it is valid.</summary>
    public DateTimeOffset NotBefore => Certificate.NotBefore;

    /// <summary>Until when.</summary>
    public DateTimeOffset NotAfter => Certificate.NotAfter;

    /// <summary>What was mended or is odd, as sentences; mostly empty.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <summary>True for the one that was made at the start.</summary>
    public bool IsSelfMade => File.Length == 0;

    /// <summary>What a handshake gets.</summary>
    internal SslStreamCertificateContext Context { get; }

    internal X509Certificate2 Certificate { get; }

    /// <summary>True when a client that wants <paramref name="host"/> (lower case, without port) accepts it: by name, or by a wildcard one level up (RFC 9525, 6.3).</summary>
    public bool Covers(string host) => Names.Contains(host) || (CertificateChoice.WildcardOf(host) is { } wildcard && Names.Contains(wildcard));

    /// <summary>True at a time between its dates.</summary>
    public bool IsValidAt(DateTimeOffset time) => NotBefore <= time && time < NotAfter;

    private static ImmutableArray<string> NamesOf(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names)
            return [.. names.EnumerateDnsNames().Select(Plain), .. names.EnumerateIPAddresses().Select(one => one.ToString())];
        var common = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return common.Length == 0 ? [] : [Plain(common)];
    }

    private static string Plain(string name) => name.TrimEnd('.').ToLower(CultureInfo.InvariantCulture);
}

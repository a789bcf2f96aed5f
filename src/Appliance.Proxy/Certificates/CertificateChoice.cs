using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// Which certificate a name gets: the one that names it, then the one with the wildcard one level up, then the default. Immutable: a
/// renewal puts a new one in its place, and open connections keep what they have. Hot path: two look-ups a handshake.
/// </summary>
public sealed class CertificateChoice
{
    private readonly FrozenDictionary<string, ServedCertificate> _byName;
    private readonly Lazy<ServedCertificate> _lastResort;

    /// <summary>
    /// Chooses among these: the folder's certificates in the order of their files, then those that the product holds, the oldest first. A
    /// new certificate therefore does not become the default. <paramref name="lastResort"/> is served while there is no certificate.
    /// </summary>
    internal CertificateChoice(ImmutableArray<ServedCertificate> all, Lazy<ServedCertificate> lastResort, DateTimeOffset now)
    {
        (All, _lastResort) = (all, lastResort);
        Chosen = all.FirstOrDefault(certificate => certificate.IsMarkedDefault)
            ?? all.FirstOrDefault(certificate =>
                certificate.Origin == CertificateOrigin.Folder && certificate.Name.Equals("default", StringComparison.OrdinalIgnoreCase)
            )
            ?? all.FirstOrDefault();
        // Two for one name: whichever is valid longest, so that an old file beside a renewed one does no harm.
        _byName = all.OrderByDescending(certificate => certificate.IsValidAt(now))
            .ThenByDescending(certificate => certificate.NotAfter)
            .SelectMany(certificate => certificate.Names.Select(name => (Name: name, Certificate: certificate)))
            .DistinctBy(pair => pair.Name)
            .ToFrozenDictionary(pair => pair.Name, pair => pair.Certificate);
    }

    /// <summary>A choice of nothing, for views that are shown before certificates were read. No handshake is served by it.</summary>
    public static CertificateChoice None { get; } =
        new([], new(() => throw new InvalidOperationException("A shelf serves handshakes, not an empty view.")), DateTimeOffset.MinValue);

    /// <summary>Everything that is served; empty while there is only the one that was made at the start.</summary>
    public ImmutableArray<ServedCertificate> All { get; }

    /// <summary>
    /// For clients that say no name, or one that nothing here has: the one marked in the console, else the file called <c>default</c>, else
    /// the first.
    /// </summary>
    public ServedCertificate Default => Chosen ?? _lastResort.Value;

    /// <summary><see cref="Default"/>, but null when only the self-made last resort could be served.</summary>
    public ServedCertificate? Chosen { get; }

    /// <summary>The certificate for a name as a client said it. One between its dates goes before one that is not.</summary>
    public ServedCertificate For(string? name, DateTimeOffset now) => Match(name, now) ?? Default;

    /// <summary>As <see cref="For"/>, without the default: null when nothing here has the name.</summary>
    public ServedCertificate? Match(string? name, DateTimeOffset now)
    {
        var host = (name ?? "").ToLowerInvariant();
        var exact = _byName.GetValueOrDefault(host);
        if (exact is not null && exact.IsValidAt(now))
            return exact;
        var wild = WildcardOf(host) is { } wildcard ? _byName.GetValueOrDefault(wildcard) : null;
        return wild is not null && wild.IsValidAt(now) ? wild : exact ?? wild;
    }

    /// <summary>What it would be without one of them.</summary>
    public CertificateChoice Without(ServedCertificate gone, DateTimeOffset now) => new(All.Remove(gone), _lastResort, now);

    /// <summary>
    /// Of the certificates that have this very name, also a wildcard, the one that is served for it; null when none has it.
    /// </summary>
    public ServedCertificate? ServedFor(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// The certificate with this <see cref="ServedCertificate.Name"/>, in upper or lower case, also one that is not valid now. Null when no
    /// certificate has the name. When two have it, the folder's is returned: an upload cannot take the place of a file that pools name.
    /// </summary>
    public ServedCertificate? Named(string name) =>
        All.Where(certificate => certificate.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(certificate => certificate.Origin == CertificateOrigin.Held)
            .FirstOrDefault();

    /// <summary>True when a certificate names this host, itself or by its wildcard.</summary>
    public bool Knows(string host) => _byName.ContainsKey(host) || (WildcardOf(host) is { } wildcard && _byName.ContainsKey(wildcard));

    /// <summary><c>*.example.com</c> for <c>a.example.com</c>; null where no wildcard can stand.</summary>
    internal static string? WildcardOf(string host)
    {
        var dot = host.IndexOf('.');
        return dot <= 0 || host.IndexOf('.', dot + 1) < 0 ? null : string.Concat("*", host.AsSpan(dot));
    }
}

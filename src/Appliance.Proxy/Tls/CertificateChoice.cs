using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Appliance.Proxy.Tls;

/// <summary>
/// Which certificate a name gets: the one that names it, then the one with the wildcard one level up, then the default. Immutable: a renewal puts a new one in its
/// place, and open connections keep what they have. Hot path: two look-ups a handshake.
/// </summary>
public sealed class CertificateChoice
{
    private readonly FrozenDictionary<string, ServedCertificate> byName;

    /// <summary>Of these, in the order of their files; there must be one.</summary>
    internal CertificateChoice(ImmutableArray<ServedCertificate> all, DateTimeOffset now)
    {
        All = all;
        Default = all.FirstOrDefault(one => Path.GetFileNameWithoutExtension(one.File).Equals("default", StringComparison.OrdinalIgnoreCase)) ?? all[0];
        // Two for one name: whichever is valid longest, so that an old file beside a renewed one does no harm.
        byName = all.OrderByDescending(one => one.NotBefore <= now).ThenByDescending(one => one.NotAfter)
            .SelectMany(one => one.Names.Select(name => (Name: name, Certificate: one)))
            .DistinctBy(pair => pair.Name).ToFrozenDictionary(pair => pair.Name, pair => pair.Certificate);
    }

    /// <summary>Everything that is served.</summary>
    public ImmutableArray<ServedCertificate> All { get; }

    /// <summary>For clients that say no name, or one that nothing here has.</summary>
    public ServedCertificate Default { get; }

    /// <summary>The certificate for a name as a client said it. One between its dates goes before one that is not.</summary>
    public ServedCertificate For(string? name, DateTimeOffset now)
    {
        var host = (name ?? "").ToLowerInvariant();
        var exact = byName.GetValueOrDefault(host);
        if (exact is not null && exact.IsValidAt(now))
            return exact;
        var wild = WildcardOf(host) is { } wildcard ? byName.GetValueOrDefault(wildcard) : null;
        return wild is not null && wild.IsValidAt(now) ? wild : exact ?? wild ?? Default;
    }

    /// <summary>True when a certificate names this host, itself or by its wildcard.</summary>
    public bool Knows(string host) => byName.ContainsKey(host) || (WildcardOf(host) is { } wildcard && byName.ContainsKey(wildcard));

    /// <summary><c>*.example.com</c> for <c>a.example.com</c>; null where no wildcard can stand.</summary>
    internal static string? WildcardOf(string host)
    {
        var dot = host.IndexOf('.');
        return dot <= 0 || host.IndexOf('.', dot + 1) < 0 ? null : string.Concat("*", host.AsSpan(dot));
    }
}

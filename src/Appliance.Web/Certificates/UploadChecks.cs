using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates;

/// <summary>Whether a certificate that can be read is one that a server can show.</summary>
internal static class UploadChecks
{
    /// <summary>The field of what must be confirmed.</summary>
    public const string Confirm = "confirm";

    private const int LeastRsaBits = 2048;

    /// <summary>What is wrong with it, or odd.</summary>
    /// <param name="material">The certificate.</param>
    /// <param name="at">The field it came from.</param>
    /// <param name="replaced">The names of the certificate whose place it takes; null: it is a new one.</param>
    /// <param name="confirmed">Somebody has seen what is to be confirmed.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<FieldProblem> Of(
        CertificateMaterial material,
        string at,
        IReadOnlyCollection<string>? replaced,
        bool confirmed,
        DateTimeOffset now
    )
    {
        var facts = material.Facts;
        var hosts = facts.Names.Where(IsHost).ToList();
        if (facts.IsAuthority && !(facts.IsSelfSigned && hosts.Count > 0))
            yield return new(
                at,
                $"This is the certificate of an authority ({facts.Subject}), not of a server; choose the one that was issued for the "
                    + "server's name."
            );
        else if (hosts.Count == 0)
            yield return new(
                at,
                "The certificate names no host, so no client would accept it; it takes a subject alternative name (a DNS name or an "
                    + "address)."
            );
        if (facts.RsaBits is { } bits and < LeastRsaBits)
            yield return new(
                at,
                $"Its RSA key has {bits} bits. TLS here refuses keys below {LeastRsaBits} bits, so no handshake would work; request a "
                    + "certificate with a new key."
            );
        if (facts.OddCurve is { } curve)
            yield return new(
                at,
                $"Its key is on the curve {curve}, which TLS clients do not take, so no handshake would work; request a certificate "
                    + "with a new key on P-256 or P-384."
            );
        if (facts.NotAfter <= now)
            yield return Asked(
                $"It has expired on {facts.NotAfter.UtcDateTime:yyyy-MM-dd}: clients refuse it. Tick the box to take it all the same."
            );
        else if (facts.NotBefore > now)
            yield return new(
                at,
                $"It is valid from {facts.NotBefore.UtcDateTime:yyyy-MM-dd HH:mm} UTC on, and served from then on; until then only "
                    + "where no other has its names.",
                IsWarning: true
            );
        if (replaced?.Except(facts.Names).ToList() is { Count: > 0 } lost)
            yield return Asked(
                $"It does not name {string.Join(", ", lost)}, which the one before does. Tick the box to take it all the same."
            );

        FieldProblem Asked(string sentence) => new(Confirm, sentence, IsWarning: confirmed);
    }

    /// <summary>True when clients who want this host accept it: by name, or by the wildcard one level up.</summary>
    public static bool Covers(CertificateFacts facts, string host) =>
        facts.Names.Contains(host)
        || (host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && facts.Names.Contains("*" + host[dot..]));

    /// <summary>True for what a client can ask for: a DNS name, also with a wildcard in front, or an address.</summary>
    public static bool IsHost(string name) =>
        Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) != UriHostNameType.Unknown;
}

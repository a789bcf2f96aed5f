using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// The ways from a certificate to its root through what a file holds. Authorities sign one another, so there may be several, and a file may
/// hold the pieces of more than one.
/// </summary>
internal static class ChainPaths
{
    // Far more than any chain of the world, and an end for a file that was made to have none.
    private const int MostSteps = 1000;
    private const int Longest = 10;

    /// <summary>
    /// The issuers of <paramref name="own"/> among <paramref name="others"/>, its own first. Of several chains: the one whose dates are all
    /// good, then the one that ends in a root that is there, then the shortest, then the first in the file. <c>HasOthers</c>: there were
    /// several.
    /// </summary>
    public static (IReadOnlyList<X509Certificate2> Chain, bool HasOthers) Best(
        X509Certificate2 own,
        IReadOnlyList<X509Certificate2> others,
        DateTimeOffset now
    )
    {
        var paths = new List<X509Certificate2[]>();
        var steps = 0;
        Walk(own, []);
        var best = paths
            .OrderByDescending(path =>
                path.All(certificate => certificate.NotBefore <= now.LocalDateTime && certificate.NotAfter >= now.LocalDateTime)
            )
            .ThenByDescending(path => IsRoot(path.LastOrDefault() ?? own))
            .ThenBy(path => path.Length)
            .First();
        return (best, paths.Count > 1);

        void Walk(X509Certificate2 at, X509Certificate2[] path)
        {
            var issuers =
                IsRoot(at) || path.Length == Longest || ++steps > MostSteps
                    ? []
                    : others.Where(certificate => !path.Contains(certificate) && MaySign(certificate, at)).ToArray();
            if (issuers.Length == 0)
                paths.Add(path);
            foreach (var issuer in issuers)
                Walk(issuer, [.. path, issuer]);
        }
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    // By name, and by key where both say which: an authority may have had several keys (RFC 5280, 4.2.1.1).
    private static bool MaySign(X509Certificate2 issuer, X509Certificate2 signed)
    {
        if (!issuer.SubjectName.RawData.AsSpan().SequenceEqual(signed.IssuerName.RawData))
            return false;
        var wanted = signed.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        var has = issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault();
        return wanted is not { } key || has is null || key.Span.SequenceEqual(has.SubjectKeyIdentifierBytes.Span);
    }
}

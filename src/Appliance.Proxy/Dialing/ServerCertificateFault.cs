using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Dialing;

/// <summary>Why a server's certificate is refused, in sentences that an operator can act on. They name no address.</summary>
internal static class ServerCertificateFault
{
    private const int MostNames = 5;

    /// <summary>
    /// All faults of the certificate, as sentences; null when it has no fault. All are named together, so that fixing one does not merely
    /// uncover the next.
    /// </summary>
    public static string? Of(
        X509Certificate? certificate,
        X509Chain? chain,
        SslPolicyErrors errors,
        string asked,
        ServerTrust trust,
        DateTimeOffset now
    )
    {
        if (errors == SslPolicyErrors.None)
            return null;
        if (certificate is not X509Certificate2 leaf)
            return "The server shows no certificate.";
        var shown = CertificateFacts.Of(leaf);
        var found = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            found.AddRange(OfChain(shown, chain, trust, now));
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            found.Add($"The server's certificate is for {Named(shown)}; asked for was {asked}.");
        return string.Join(' ', found);
    }

    private static IEnumerable<string> OfChain(CertificateFacts leaf, X509Chain? chain, ServerTrust trust, DateTimeOffset now)
    {
        var status = X509ChainStatusFlags.NoError;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            var here = element.ChainElementStatus.Aggregate(X509ChainStatusFlags.NoError, (sum, part) => sum | part.Status);
            status |= here;
            if (here.HasFlag(X509ChainStatusFlags.NotTimeValid))
                yield return OfTime(
                    element == chain!.ChainElements[0]
                        ? "The server's certificate"
                        : $"{element.Certificate.Subject}, in the chain of the server's certificate,",
                    element.Certificate,
                    now
                );
        }

        foreach (var fault in chain?.ChainStatus ?? [])
            status |= fault.Status;
        if ((status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
            yield return OfIssuer(leaf, chain, status, trust);
        const X509ChainStatusFlags said =
            X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        foreach (var fault in chain?.ChainStatus.Where(flag => (flag.Status & said) == 0) ?? [])
            yield return fault.Status == X509ChainStatusFlags.NotValidForUsage
                ? "The server's certificate is not made for servers (extended key usage)."
                : $"The server's certificate is refused: {fault.Status} ({fault.StatusInformation.Trim().TrimEnd('.')}).";
        if (chain is null || (status == X509ChainStatusFlags.NoError && chain.ChainStatus.Length == 0))
            yield return "The chain of the server's certificate cannot be built.";
    }

    private static string OfTime(string whose, X509Certificate2 certificate, DateTimeOffset now)
    {
        var (from, to) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        return from > now ? $"{whose} is not valid before {Date(from)}." : $"{whose} expired on {Date(to)}.";
    }

    private static string OfIssuer(CertificateFacts leaf, X509Chain? chain, X509ChainStatusFlags status, ServerTrust trust)
    {
        var (which, toDo) = trust.HasOwn
            ? ("the pool's trusted certificates", "add its certificate there")
            : ("what this machine trusts", "add its certificate to the pool's trusted certificates");
        if (leaf.IsSelfSigned)
            return $"The server's certificate is self-signed ({leaf.Subject}) and not among {which}; if it is the right one, {toDo}.";
        if (status.HasFlag(X509ChainStatusFlags.UntrustedRoot) && chain is { ChainElements: [.., var root] })
            return $"The authority of the server's certificate ({root.Certificate.Subject}) is not among {which}; if it is the right "
                + $"one, {toDo}.";
        var last = chain is { ChainElements: [.., var end] } ? end.Certificate.Issuer : leaf.Issuer;
        return $"The issuer of the server's certificate ({last}) is neither among {which} nor sent by the server; if it is the right "
            + $"one, {toDo}, or let the server send its chain.";
    }

    private static string Named(CertificateFacts shown) =>
        shown.Names.Length switch
        {
            0 => "no name",
            > MostNames => string.Join(", ", shown.Names.Take(MostNames)) + $" and {shown.Names.Length - MostNames} more",
            _ => string.Join(", ", shown.Names),
        };

    private static string Date(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

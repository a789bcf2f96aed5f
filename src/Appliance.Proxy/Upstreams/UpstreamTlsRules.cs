using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// Checks what a pool says about TLS. Whether a certificate of a name is here is not known to the config: that shows when a server is
/// dialled.
/// </summary>
internal static class UpstreamTlsRules
{
    private const int LongestName = 255;

    public static void Check(UpstreamPool pool, string path, DateTimeOffset now, ProblemList problems)
    {
        var tls = pool.Tls;
        if (tls is null)
        {
            problems.Error(path, "bad_value", "The settings of TLS are an object; leave them out for the defaults.");
            return;
        }

        var isUsed = pool.Servers.Any(server => server.Address.StartsWith("https://", StringComparison.OrdinalIgnoreCase));
        if (!tls.Verify && isUsed)
            problems.Warning(
                $"{path}/verify",
                "not_verified",
                "The servers' certificates are not verified: an attacker in between can read and change everything. Trust their "
                    + "authority instead."
            );
        if (!isUsed && tls != new UpstreamTls())
            problems.Warning(path, "no_https", "No server of this pool is https://, so that its TLS settings do nothing.");
        if (tls.Trusted.Length > 0)
            Trusted(tls.Trusted, $"{path}/trusted", now, problems);
        if (tls.ServerName.Contains('$', StringComparison.Ordinal))
            problems.Error(
                $"{path}/serverName",
                "bad_server_name",
                "The name is fixed text; a variable would need a connection of its own for every value."
            );
        else if (
            tls.ServerName.Length > LongestName
            || (tls.ServerName.Length > 0 && Uri.CheckHostName(tls.ServerName) == UriHostNameType.Unknown)
        )
            problems.Error(
                $"{path}/serverName",
                "bad_server_name",
                $"\"{tls.ServerName}\" is not a host name or an address; write it without scheme and port."
            );
        if (tls.ClientCertificate.Length > 0)
            ClientCertificate(tls.ClientCertificate, $"{path}/clientCertificate", problems);
    }

    private static void Trusted(string text, string path, DateTimeOffset now, ProblemList problems)
    {
        var bundle = CaBundle.Read(text);
        if (bundle.Fault is { } fault)
        {
            problems.Error(path, fault.Code, fault.Message);
            return;
        }

        // Blank is not empty: it would trust nobody.
        if (bundle.Certificates.IsEmpty)
            problems.Error(
                path,
                "no_authority",
                "There is nothing but blank space; leave it empty for what this machine trusts, or paste the authorities' "
                    + "certificates (PEM)."
            );
        else if (!bundle.Roots.Any())
            problems.Error(
                path,
                "no_root",
                "None of these certificates is self-signed, so that no chain ends here; add that of the root "
                    + $"({bundle.Certificates[^1].Issuer})."
            );
        foreach (var certificate in bundle.Roots.Any() ? bundle.Certificates : [])
            Trusted(certificate, path, now, problems);
    }

    // What does no harm, but not what somebody may have meant. A server's own certificate, self-signed, is meant.
    private static void Trusted(X509Certificate2 certificate, string path, DateTimeOffset now, ProblemList problems)
    {
        var name = CaBundle.NameOf(certificate);
        if (!CaBundle.IsAuthority(certificate) && !CaBundle.IsRoot(certificate))
            problems.Warning(
                path,
                "not_an_authority",
                $"{name} is the certificate of a server or a person and signs nobody: it does nothing here."
            );
        if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime)
            problems.Warning(
                path,
                "expired",
                $"{name} has expired at {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}: no server is accepted by it."
            );
    }

    private static void ClientCertificate(string name, string path, ProblemList problems)
    {
        if (name.Length > LongestName || name.Trim().Length != name.Length || name.AsSpan().ContainsAnyInRange('\0', '\x1f'))
            problems.Error(
                path,
                "bad_name",
                "This is no name of a certificate; write it as the list of certificates shows it, or a file's name without its extension."
            );
    }
}

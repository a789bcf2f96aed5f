using Appliance.Proxy.Config;

namespace Appliance.Proxy.Upstreams;

/// <summary>Checks what a pool says about TLS. Whether a certificate of a name is here is not known to the config: that shows when a server is dialled.</summary>
internal static class UpstreamTlsRules
{
    private const int LongestName = 255;
    private const int LongestTrusted = 256 * 1024;

    public static void Check(UpstreamPool pool, string path, ProblemList problems)
    {
        var tls = pool.Tls;
        if (tls is null)
        {
            problems.Error(path, "bad_value", "The settings of TLS are an object; leave them out for the defaults.");
            return;
        }

        var isUsed = pool.Servers.Any(server => server.Address.StartsWith("https://", StringComparison.OrdinalIgnoreCase));
        if (!tls.Verify && isUsed)
            problems.Warning($"{path}/verify", "not_verified", "The servers' certificates are not verified: whoever stands between can read and change everything. Trust their authority instead.");
        if (!isUsed && tls != new UpstreamTls())
            problems.Warning(path, "no_https", "No server of this pool is https://, so that its TLS settings do nothing.");
        if (tls.Trusted.Length > 0)
            Trusted(tls.Trusted, $"{path}/trusted", problems);
        if (tls.ServerName.Contains('$', StringComparison.Ordinal))
            problems.Error($"{path}/serverName", "bad_server_name", "The name is fixed text; a variable would need a connection of its own for every value.");
        else if (tls.ServerName.Length > LongestName || (tls.ServerName.Length > 0 && Uri.CheckHostName(tls.ServerName) == UriHostNameType.Unknown))
            problems.Error($"{path}/serverName", "bad_server_name", $"\"{tls.ServerName}\" is not a host name or an address; write it without scheme and port.");
        if (tls.ClientCertificate.Length > 0)
            ClientCertificate(tls.ClientCertificate, $"{path}/clientCertificate", problems);
    }

    private static void Trusted(string pem, string path, ProblemList problems)
    {
        if (pem.Length > LongestTrusted)
            problems.Error(path, "too_long", $"The certificates have {pem.Length} characters; at most {LongestTrusted} are accepted.");
        else if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            problems.Error(path, "key_in_trusted", "There is a private key in it, which belongs to its owner alone; only certificates are needed here. Take it out, and make a new one if this text has been elsewhere.");
        else if (ServerTrust.Read(pem) is not { } read)
            problems.Error(path, "bad_certificate", "A certificate in it cannot be read; paste whole PEM blocks, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.");
        else if (read.IsEmpty)
            problems.Error(path, "bad_certificate", "There is no certificate in it; paste PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.");
        else if (!read.Any(ServerTrust.IsRoot))
            problems.Error(path, "no_root", $"None of these certificates is signed by itself, so that no chain ends here; add that of the root ({read[^1].Issuer}).");
    }

    private static void ClientCertificate(string name, string path, ProblemList problems)
    {
        if (name.Length > LongestName || name.Trim().Length != name.Length || name.AsSpan().ContainsAnyInRange('\0', '\x1f'))
            problems.Error(path, "bad_name", "This is no name of a certificate; write it as the list of certificates shows it, or a file's name without its extension.");
    }
}

using System.Collections.Immutable;
using System.Net;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>Checks each policy alone, and all of them together for a host that two of them name.</summary>
internal static class TlsPolicyRules
{
    private const int MostDepth = 10;
    private static readonly TimeSpan _oneYear = TimeSpan.FromDays(365);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3650);

    public static void Check(TlsPolicy policy, DateTimeOffset now, ProblemList problems)
    {
        var path = $"tlsPolicies/{policy.Name}";
        ItemNames.Check(policy.Name, $"{path}/name", problems);
        for (var index = 0; index < policy.Hosts.Length; index++)
            CheckHost(policy, index, $"{path}/hosts/{index}", problems);
        if (policy.HttpsPort is < 1 or > 65535)
            problems.Error($"{path}/httpsPort", "out_of_range", "The port is 1 to 65535; 443 is what clients take without one.");
        if (policy.Hsts is { } hsts)
            CheckHsts(policy, hsts, $"{path}/hsts", problems);
        if (policy.ClientCertificates is { } clients)
            CheckClients(clients, $"{path}/clientCertificates", now, problems);
    }

    /// <summary>No two policies for one host, and one without hosts at most.</summary>
    public static void CheckClaims(ImmutableArray<TlsPolicy> policies, ProblemList problems)
    {
        var claimed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var policy in policies)
        {
            var path = $"tlsPolicies/{policy.Name}/hosts";
            var own = new HashSet<string>(StringComparer.Ordinal);
            for (var index = 0; index < policy.Hosts.Length; index++)
            {
                var host = PolicyHost.Normalize(policy.Hosts[index]);
                if (!own.Add(host))
                    problems.Error($"{path}/{index}", "duplicate_host", $"{host} stands in the list twice; remove one.");
                else if (!claimed.TryAdd(host, policy.Name))
                    problems.Error(
                        $"{path}/{index}",
                        "duplicate_host",
                        $"Policy {claimed[host]} names {host} already; a host has one policy. Remove it from one of them."
                    );
            }

            if (policy.Hosts.IsEmpty && !claimed.TryAdd("", policy.Name))
                problems.Error(
                    path,
                    "duplicate_host",
                    $"Policy {claimed[""]} has no hosts already, and so is the one for every host that no other names. Name hosts in "
                        + "one of them."
                );
        }
    }

    private static void CheckHost(TlsPolicy policy, int index, string path, ProblemList problems)
    {
        var host = policy.Hosts[index];
        if (host.StartsWith('~'))
            problems.Error(
                path,
                "bad_host",
                $"\"{host}\" is a regular expression; a handshake says one name, so write the names, or *.example.com for everything below."
            );
        else if (host.StartsWith('.'))
            problems.Error(path, "bad_host", $"\"{host}\" is two hosts; write {host[1..]} and *{host}.");
        else if (host.EndsWith(".*", StringComparison.Ordinal))
            problems.Error(path, "bad_host", $"\"{host}\" has no end; write the names, or *.example.com for everything below.");
        else if (HostPattern.Fault(host) is { } fault)
            problems.Error(path, "bad_host", fault);
        else if (IPAddress.TryParse(host, out _) && (policy.ClientCertificates is not null || policy.MinVersion != TlsVersion.Tls12))
            problems.Error(
                path,
                "address_without_name",
                $"\"{host}\" is an address: clients that ask for one say no name in the handshake, so that only the policy without "
                    + "hosts can ask for certificates or a version."
            );
    }

    private static void CheckHsts(TlsPolicy policy, HstsPolicy hsts, string path, ProblemList problems)
    {
        if (hsts.MaxAge < TimeSpan.Zero || hsts.MaxAge > _longest || hsts.MaxAge.Ticks % TimeSpan.TicksPerSecond != 0)
            problems.Error($"{path}/maxAge", "out_of_range", "The time is 0s (browsers forget) to 3650d, in whole seconds; 365d is usual.");
        if (!hsts.Preload)
            return;
        if (!hsts.IncludeSubDomains || hsts.MaxAge < _oneYear)
            problems.Error(
                $"{path}/preload",
                "preload_needs",
                "The lists of browsers take only what includes subdomains and holds for 365d or more (hstspreload.org)."
            );
        else if (!policy.ForceHttps)
            problems.Warning(
                $"{path}/preload",
                "preload_needs",
                "The lists of browsers take only hosts that redirect http to https; switch that on, too."
            );
    }

    private static void CheckClients(ClientCertificatePolicy clients, string path, DateTimeOffset now, ProblemList problems)
    {
        if (clients.Depth is < 0 or > MostDepth)
            problems.Error(
                $"{path}/depth",
                "out_of_range",
                $"The depth is 0 to {MostDepth} authorities between client and root; 1 is usual."
            );
        var bundle = CaBundle.Read(clients.Trusted);
        if (bundle.Fault is { } fault)
        {
            problems.Error($"{path}/trusted", fault.Code, fault.Message);
            return;
        }

        if (bundle.Certificates.IsEmpty)
        {
            if (clients.Verify != ClientVerify.OptionalNoCa)
                problems.Error(
                    $"{path}/trusted",
                    "no_authority",
                    "Paste the certificates of the authorities that sign your clients' certificates (PEM)."
                );
            return;
        }

        if (!bundle.Roots.Any())
            problems.Error(
                $"{path}/trusted",
                "no_root",
                $"No chain can end here: the root that signed {CaBundle.NameOf(bundle.Certificates[0])} is missing. Add the "
                    + "certificate that signs itself."
            );
        foreach (var certificate in bundle.Certificates)
        {
            var name = CaBundle.NameOf(certificate);
            if (!CaBundle.IsAuthority(certificate))
            {
                if (CaBundle.IsRoot(certificate))
                    problems.Warning(
                        $"{path}/trusted",
                        "not_an_authority",
                        $"{name} is no authority: this very certificate is accepted, and nothing that it signed."
                    );
                else
                    problems.Error(
                        $"{path}/trusted",
                        "not_an_authority",
                        $"{name} is the certificate of a server or a person and signs nobody; paste that of its authority, "
                            + $"{certificate.Issuer}."
                    );
            }

            if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime)
                problems.Warning(
                    $"{path}/trusted",
                    "expired",
                    $"{name} has expired at {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}: nobody gets in with a certificate "
                        + "that it signed."
                );
        }
    }
}

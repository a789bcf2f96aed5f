using System.Collections.Immutable;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.TlsPolicies;

namespace Appliance.Web.TlsPolicies;

/// <summary>
/// Warns of policies that send browsers to https where https cannot be served: a redirect or HSTS for a host without a valid certificate
/// takes the site away.
/// </summary>
public static class HttpsWarnings
{
    private const int MostNamed = 3;

    /// <summary>
    /// The warnings of a config. <paramref name="fault"/> says why a host (as in a certificate, also <c>*.example.com</c>) cannot be
    /// reached by https: <c>has no certificate</c>; null: it can.
    /// </summary>
    public static IEnumerable<ConfigProblem> Of(ProxyConfig config, Func<string, string?> fault)
    {
        var named = config.TlsPolicies.SelectMany(policy => policy.Hosts).Select(PolicyHost.Normalize).ToHashSet(StringComparer.Ordinal);
        foreach (var policy in config.TlsPolicies)
        {
            var hasHsts = policy.Hsts is { } hsts && hsts.MaxAge > TimeSpan.Zero;
            if (!policy.ForceHttps && !hasHsts)
                continue;
            var hosts = policy.Hosts.IsEmpty ? HostsOfRoutes(config, named) : policy.Hosts.Select(PolicyHost.Normalize);
            var without = hosts
                .Distinct()
                .Select(host => (Host: host, Fault: fault(host)))
                .Where(missing => missing.Fault is not null)
                .ToImmutableArray();
            if (without.IsEmpty)
                continue;
            var which =
                string.Join("; ", without.Take(MostNamed).Select(missing => $"{missing.Host} {missing.Fault}"))
                + (without.Length > MostNamed ? $"; and {without.Length - MostNamed} more hosts" : "");
            if (policy.ForceHttps)
                yield return Warning(
                    policy,
                    "forceHttps",
                    $"{which}. Browsers that are sent to https see a warning in place of the site. Add or order a certificate first."
                );
            if (hasHsts)
                yield return Warning(
                    policy,
                    "hsts",
                    $"{which}. Browsers that remember this header let nobody go on past a bad certificate. Add or order a "
                        + "certificate first."
                );
        }
    }

    /// <summary>What is wrong with the certificate that a host gets; null: nothing.</summary>
    public static string? Fault(CertificateChoice choice, string host, DateTimeOffset now)
    {
        // A wildcard is served by itself, and not by what serves one name below it.
        var served = host.StartsWith("*.", StringComparison.Ordinal) ? choice.ServedFor(host) : choice.Match(host, now);
        if (served is null)
            return "has no certificate here";
        var name = served.Name.Length > 0 ? $" {served.Name}" : "";
        return now < served.NotBefore
                ? $"has the certificate{name}, which is not valid before {served.NotBefore.UtcDateTime:yyyy-MM-dd HH:mm} UTC"
            : served.IsValidAt(now) ? null
            : $"has the certificate{name}, which expired at {served.NotAfter.UtcDateTime:yyyy-MM-dd HH:mm} UTC";
    }

    // A policy without hosts is that of every host that no other names; of those, what routes name is known.
    private static IEnumerable<string> HostsOfRoutes(ProxyConfig config, HashSet<string> named) =>
        config
            .Routes.Where(route => route.Enabled)
            .SelectMany(route => route.Hosts)
            .SelectMany(host => host.StartsWith('.') ? new[] { host[1..], "*" + host } : [host])
            .Where(host => !host.StartsWith('~') && !host.EndsWith(".*", StringComparison.Ordinal))
            .Select(PolicyHost.Normalize)
            .Where(host =>
                !named.Contains(host)
                && !(host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && named.Contains("*" + host[dot..]))
            );

    private static ConfigProblem Warning(TlsPolicy policy, string field, string message) =>
        new($"tlsPolicies/{policy.Name}/{field}", "no_certificate", message, ProblemSeverity.Warning);
}

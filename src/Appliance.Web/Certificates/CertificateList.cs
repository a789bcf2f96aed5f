using System.Collections.Immutable;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Certificates;

/// <summary>Every certificate of a moment, and the hosts that have none. Made once for everybody who looks.</summary>
/// <param name="Lines">By name.</param>
/// <param name="Choice">What is served.</param>
/// <param name="Problems">What is wrong with a source as a whole: sentences.</param>
public sealed record CertificateList(ImmutableArray<CertificateLine> Lines, CertificateChoice Choice, ImmutableArray<string> Problems)
{
    /// <summary>Before anything was read.</summary>
    public static CertificateList None { get; } = new([], CertificateChoice.None, []);

    /// <summary>Makes the list of all certificates, with what is wrong with each.</summary>
    public static CertificateList Of(
        IReadOnlyList<CertificateRow> rows,
        CertificateChoice choice,
        ImmutableArray<CertificateProblem> problems,
        DateTimeOffset now
    )
    {
        var lines = ImmutableArray.CreateBuilder<CertificateLine>();
        foreach (var row in rows)
        {
            var served = choice.All.FirstOrDefault(certificate => certificate.HeldId == row.Id);
            var problem = problems.FirstOrDefault(fault => fault.Held == row.Id)?.Sentence;
            var stored =
                row.Pem is null ? []
                : served is not null && problem is null ? [served.Facts, .. served.Chain]
                : CertificateFacts.OfPem(row.Pem);
            lines.Add(
                new(row.Name, CertificateOrigin.Held, StatusOf(row, served, problem, choice, now), [.. row.Names])
                {
                    Row = row,
                    Served = served,
                    Facts = stored.FirstOrDefault(),
                    Chain = [.. stored.Skip(1)],
                    Problem = problem,
                    ShadowedBy = Shadows(served, choice),
                    IsDefault = served is not null && choice.Chosen == served,
                }
            );
        }

        foreach (var served in choice.All.Where(certificate => certificate.Origin == CertificateOrigin.Folder))
        {
            lines.Add(
                new(served.Name, CertificateOrigin.Folder, StatusOf(null, served, null, choice, now), served.Names)
                {
                    File = served.File,
                    Served = served,
                    Facts = served.Facts,
                    Chain = served.Chain,
                    Problem = problems.FirstOrDefault(fault => fault.File == served.File)?.Sentence,
                    ShadowedBy = Shadows(served, choice),
                    IsDefault = choice.Chosen == served,
                }
            );
        }

        foreach (var broken in problems.Where(fault => fault.File.Length > 0 && choice.All.All(served => served.File != fault.File)))
            lines.Add(
                new(System.IO.Path.GetFileNameWithoutExtension(broken.File), CertificateOrigin.Folder, CertificateStatus.Broken, [])
                {
                    File = broken.File,
                    Problem = broken.Sentence,
                }
            );
        return new(
            [.. lines.OrderBy(line => line.Name, StringComparer.OrdinalIgnoreCase).ThenBy(line => line.Origin)],
            choice,
            [.. problems.Where(fault => fault.File.Length == 0 && fault.Held is null).Select(fault => fault.Sentence)]
        );
    }

    /// <summary>Hosts that routes name in full and that no valid certificate covers, with the routes that name them.</summary>
    public ImmutableArray<BareHost> BareHosts(ProxyConfig config, DateTimeOffset now) =>
        [
            .. config
                .Routes.Where(route => route.Enabled)
                .SelectMany(route => ExactHosts(route).Select(host => (Host: host, Route: route)))
                .GroupBy(pair => pair.Host, StringComparer.Ordinal)
                .Select(group => new BareHost(group.Key, Choice.Match(group.Key, now), [.. group.Select(pair => pair.Route)])
                {
                    Ordered = Lines.FirstOrDefault(line =>
                        line.Row is { Kind: CertificateKind.Acme } && line.Served is null && line.Names.Contains(group.Key)
                    ),
                })
                .Where(bare => bare.Has?.IsValidAt(now) != true)
                .OrderBy(bare => bare.Host, StringComparer.Ordinal),
        ];

    /// <summary>Hosts of routes that this certificate is served for, and what they get without it; null: nothing that names them.</summary>
    public ImmutableArray<(string Host, ServedCertificate? Then)> LostWithout(
        ServedCertificate gone,
        ProxyConfig config,
        DateTimeOffset now
    )
    {
        var then = Choice.Without(gone, now);
        return
        [
            .. config
                .Routes.Where(route => route.Enabled)
                .SelectMany(ExactHosts)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(host => Choice.Match(host, now) == gone)
                .Select(host => (host, then.Match(host, now))),
        ];
    }

    /// <summary>
    /// Pools that show this certificate to their servers, by name: they find none when it is deleted. Of a file and a held one of the same
    /// name, they show the file.
    /// </summary>
    public ImmutableArray<UpstreamPool> ShownBy(CertificateLine line, ProxyConfig config) =>
        [
            .. config
                .UpstreamPools.Where(pool =>
                    pool.Tls.ClientCertificate.Equals(line.Name, StringComparison.OrdinalIgnoreCase)
                    && pool.Servers.Any(server => server.Address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
                    && (Choice.Named(line.Name) is not { } named || named == line.Served)
                )
                .OrderBy(pool => pool.Name, StringComparer.OrdinalIgnoreCase),
        ];

    private static IEnumerable<string> ExactHosts(Route route) =>
        route
            .Hosts.Select(HostPattern.Normalize)
            .Where(host =>
                !host.StartsWith('~') && !host.Contains('*', StringComparison.Ordinal) && !host.StartsWith('.') && UploadChecks.IsHost(host)
            );

    private static ImmutableArray<(string, string)> Shadows(ServedCertificate? served, CertificateChoice choice) =>
        served is null
            ? []
            :
            [
                .. served
                    .Names.Select(name => (name, By: choice.ServedFor(name)))
                    .Where(pair => pair.By is not null && pair.By != served)
                    .Select(pair => (pair.name, pair.By?.Name ?? "")),
            ];

    private static CertificateStatus StatusOf(
        CertificateRow? row,
        ServedCertificate? served,
        string? problem,
        CertificateChoice choice,
        DateTimeOffset now
    )
    {
        if (served is null)
            return problem is not null ? CertificateStatus.Broken
                : row is not { Kind: CertificateKind.Acme, Pem: null } ? CertificateStatus.Served // stored a moment ago, and about to be
                : row.LastProblem is null ? CertificateStatus.Ordered
                : CertificateStatus.NotIssued;
        if (served.NotAfter <= now)
            return CertificateStatus.Expired;
        if (served.NotBefore > now)
            return CertificateStatus.NotYet;
        return choice.Chosen == served || served.Names.Any(name => choice.ServedFor(name) == served)
            ? CertificateStatus.Served
            : CertificateStatus.Shadowed;
    }
}

/// <summary>A host of routes that no valid certificate covers.</summary>
/// <param name="Host">The host.</param>
/// <param name="Has">The certificate that names it and is not valid now; null: none names it.</param>
/// <param name="Routes">The routes that name it.</param>
public sealed record BareHost(string Host, ServedCertificate? Has, ImmutableArray<Route> Routes)
{
    /// <summary>One that was ordered for it and is not there yet; null when none was.</summary>
    public CertificateLine? Ordered { get; init; }
}

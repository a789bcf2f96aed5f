using System.Collections.Immutable;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Certificates;
using Appliance.Web.Live;

namespace Appliance.Web.Metrics;

/// <summary>What one scrape reads: a moment of the process. Its sets of labels are bounded.</summary>
internal sealed record MetricsReading
{
    /// <summary>The newest view of all facts.</summary>
    public required ConsoleView View { get; init; }

    /// <summary>The counters of the whole proxy.</summary>
    public required RouteTraffic Total { get; init; }

    /// <summary>The counters of requests without a route.</summary>
    public required RouteTraffic Unrouted { get; init; }

    /// <summary>Routes that ever carried something, by name; at most <see cref="MetricsReader.MostRoutes"/>.</summary>
    public required ImmutableArray<(string Name, RouteTraffic Traffic)> Routes { get; init; }

    /// <summary>Servers with their pool's name; at most <see cref="MetricsReader.MostServers"/>.</summary>
    public required ImmutableArray<(string Pool, ServerView Server)> Servers { get; init; }

    /// <summary>Routes and servers that have no samples because there are too many.</summary>
    public required (int Routes, int Servers) LeftOut { get; init; }

    /// <summary>Certificates that are there and can be read; at most <see cref="MetricsReader.MostCertificates"/>.</summary>
    public required ImmutableArray<CertificateLine> Certificates { get; init; }

    /// <summary>Lines of the access log that were dropped; null: there is no access log.</summary>
    public required long? DroppedLines { get; init; }

    /// <summary>True while new connections wait because memory or open files are short.</summary>
    public required bool IsShort { get; init; }

    /// <summary>What the operating system and the runtime say of the process.</summary>
    public required ProcessFacts Process { get; init; }
}

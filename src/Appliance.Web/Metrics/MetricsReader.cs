using Appliance.Proxy;
using Appliance.Web.Certificates;
using Appliance.Web.Live;

namespace Appliance.Web.Metrics;

/// <summary>
/// Reads what metrics are made of. Sets of labels are bounded: who monitors pays for each series. What came first keeps its place as long
/// as it exists, since a counter that comes and goes says nothing.
/// </summary>
internal sealed class MetricsReader(ConsoleFeed feed, ProxyHost proxy)
{
    /// <summary>Routes with samples of their own.</summary>
    public const int MostRoutes = 1_000;

    /// <summary>Servers of pools with samples of their own.</summary>
    public const int MostServers = 2_000;

    /// <summary>Certificates with samples of their own.</summary>
    public const int MostCertificates = 2_000;

    private readonly FirstCome<Guid> _routes = new(MostRoutes);
    private readonly FirstCome<(Guid Pool, string Server)> _servers = new(MostServers);

    private readonly Lock _one = new();

    /// <summary>All metrics as text, as a scraper gets them.</summary>
    public string Write()
    {
        var reading = Read();
        return new PrometheusText(isOpenMetrics: false).Write(ApplianceMetrics.All, reading);
    }

    /// <summary>A reading of now. One at a time.</summary>
    public MetricsReading Read()
    {
        lock (_one)
            return ReadAlone();
    }

    private MetricsReading ReadAlone()
    {
        var view = feed.Current;
        var names = view.Head.Config.Routes.ToDictionary(route => route.Id, route => route.Name);
        var routes = proxy
            .Traffic.Routes.Where(pair => names.ContainsKey(pair.Key))
            .Select(pair => (pair.Key, (names[pair.Key], pair.Value)))
            .ToList();
        var servers = view
            .Upstreams.Pools.SelectMany(pool =>
                pool.Value.Servers.Select(server => ((pool.Key, server.Address), (pool.Value.Pool.Name, server)))
            )
            .DistinctBy(pair => pair.Item1)
            .ToList();
        return new()
        {
            View = view,
            Total = proxy.Traffic.Total,
            Unrouted = proxy.Traffic.Unrouted,
            Routes = [.. _routes.Admit(routes)],
            Servers = [.. _servers.Admit(servers)],
            LeftOut = (Math.Max(0, routes.Count - MostRoutes), Math.Max(0, servers.Count - MostServers)),
            Certificates =
            [
                .. view.Certificates.Lines.Where(line => line.Facts is not null).DistinctBy(line => line.Name).Take(MostCertificates),
            ],
            DroppedLines = proxy.DroppedLines,
            IsShort = proxy.Shortage is not null,
            Process = ProcessFacts.Read(),
        };
    }

    // Who came first keeps its place until it is gone.
    private sealed class FirstCome<TKey>(int most)
        where TKey : notnull
    {
        private readonly HashSet<TKey> _inside = [];

        public IEnumerable<T> Admit<T>(IReadOnlyCollection<(TKey Key, T Value)> all)
        {
            _inside.IntersectWith(all.Select(one => one.Key));
            foreach (var (key, value) in all)
            {
                if (_inside.Contains(key) || (_inside.Count < most && _inside.Add(key)))
                    yield return value;
            }
        }
    }
}

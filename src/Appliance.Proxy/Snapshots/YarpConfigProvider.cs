using System.Collections.Immutable;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy.Configuration;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// Hands our routes and pools to YARP: every route that proxies becomes a YARP route, every pool a cluster. YARP compares records and swaps
/// only what changed; what did not change must therefore be the same record. Tells when YARP has applied a config, or refused it.
/// </summary>
internal sealed class YarpConfigProvider : IProxyConfigProvider, IConfigChangeListener, IDisposable
{
    // Which route a request takes is decided by RouteTable; YARP only has to hold the route.
    private static readonly RouteMatch _matchAll = new() { Path = "/{**any}" };

    // Latin-1 both ways keeps bytes above 0x7F as they are.
    private static readonly HttpClientConfig _client = new() { RequestHeaderEncoding = "latin1", ResponseHeaderEncoding = "latin1" };

    private Dictionary<Guid, RouteConfig> _routes = [];
    private Dictionary<CompiledPool, ClusterConfig> _clusters = new(ReferenceEqualityComparer.Instance);
    private YarpConfig _current = new([], []);
    private TaskCompletionSource<Exception?>? _outcome;

    public IProxyConfig GetConfig() => _current;

    /// <summary>Gives YARP the snapshot's routes and pools; completes with null when applied, else with YARP's reason.</summary>
    public async Task<Exception?> ApplyAsync(ProxySnapshot snapshot, CancellationToken cancellationToken)
    {
        var nextRoutes = new Dictionary<Guid, RouteConfig>(snapshot.Targets.Count);
        foreach (var (id, target) in snapshot.Targets)
        {
            var cluster = target.Pool.Pool.Id.ToString("N");
            nextRoutes[id] =
                _routes.TryGetValue(id, out var same) && same.ClusterId == cluster
                    ? same
                    : new()
                    {
                        RouteId = id.ToString("N"),
                        ClusterId = cluster,
                        Match = _matchAll,
                    };
        }

        var nextClusters = new Dictionary<CompiledPool, ClusterConfig>(snapshot.Pools.Count, ReferenceEqualityComparer.Instance);
        foreach (var pool in snapshot.Pools.Values)
            nextClusters[pool] = _clusters.GetValueOrDefault(pool) ?? ToCluster(pool);

        var applied = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = _current;
        (_routes, _clusters) = (nextRoutes, nextClusters);
        _current = new([.. nextRoutes.Values], [.. nextClusters.Values]);
        _outcome = applied;
        before.SignalReplaced();
        var refused = await applied.Task.WaitAsync(cancellationToken);
        before.Dispose();
        return refused;
    }

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs) { }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => Settle(proxyConfigs, null);

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) =>
        Settle(proxyConfigs, exception);

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => _outcome?.TrySetResult(exception);

    public void Dispose() => _current.Dispose();

    private void Settle(IReadOnlyList<IProxyConfig> configs, Exception? exception)
    {
        if (configs.Contains(_current))
            _outcome?.TrySetResult(exception);
    }

    private static ClusterConfig ToCluster(CompiledPool pool) =>
        new()
        {
            ClusterId = pool.Pool.Id.ToString("N"),
            HttpClient = _client,
            Metadata = PoolMetadata.Of(pool.Pool),
            Destinations = pool.Servers.ToImmutableDictionary(
                server => server.Address,
                server => new DestinationConfig { Address = server.Uri.AbsoluteUri }
            ),
        };
}

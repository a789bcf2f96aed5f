using System.Collections.Frozen;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// Takes a revision live: compile, give YARP its part, publish. Whatever fails, the snapshot that runs keeps running. Only the watcher
/// calls it.
/// </summary>
internal sealed class SnapshotApplier(
    SnapshotCompiler compiler,
    YarpConfigProvider yarp,
    IProxyStateLookup yarpState,
    SnapshotHolder holder,
    UpstreamRegistry upstreams,
    TrafficRegistry traffic,
    ConnectionRegistry connections,
    Drains drains,
    TimeProvider time
)
{
    public async Task<NodeReport> ApplyAsync(ConfigRevision revision, CancellationToken cancellationToken)
    {
        // 1. Compile the whole snapshot before anything changes.
        var running = holder.Current;
        var next = compiler.Compile(revision, running);

        // 2. YARP first: a route of the new snapshot must find its transforms and its cluster. Routes that are gone stay usable for
        //    requests that began under the old snapshot, because that snapshot holds their models.
        var refusal = await yarp.ApplyAsync(next, cancellationToken);
        if (refusal is not null)
            return new(revision.Number, running.Revision, $"The proxy engine refused it: {refusal.Message}", [], time.GetUtcNow());
        foreach (var (id, target) in next.Targets)
            target.Yarp = yarpState.TryGetRoute(id.ToString("N"), out var model) ? model : null;

        // 3. From here on, requests see it.
        holder.Publish(next);
        upstreams.Sweep(next.Pools.Values);
        traffic.Retain(
            next.Config.Routes.Select(route => route.Id).ToHashSet(),
            next.Config.UpstreamPools.Select(pool => pool.Id).ToHashSet()
        );

        // 4. What routes allow holds for WebSockets that are open, too.
        connections.Follow(next.Config.Routes.ToFrozenDictionary(route => route.Id, route => route.WebSocket));
        drains.Follow(next.Config.Routes, next.Config.UpstreamPools);
        return new(revision.Number, revision.Number, null, next.LeftOut, time.GetUtcNow());
    }
}

using System.Net;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Tests.Upstreams;

public sealed class CompiledPoolTests
{
    private readonly UpstreamRegistry _registry = new(new TrafficRegistry(), TimeProvider.System);

    [Fact]
    public void Choose_WeightedRoundRobin_IsSmooth()
    {
        var pool = _registry.Bind(Pool(Balancing.RoundRobin, Server("a", 5), Server("b", 1), Server("c", 1)));
        string.Concat(Enumerable.Range(0, 7).Select(_ => Choose(pool))).ShouldBe("aabacaa");
    }

    [Fact]
    public void Choose_LeastConn_CountsWhatIsOpen()
    {
        var pool = _registry.Bind(Pool(Balancing.LeastConn, Server("a", 2), Server("b", 1)));
        var open = Enumerable.Range(0, 6).Select(_ => Lease(pool)!).ToList();
        open.GroupBy(lease => Name(lease))
            .ToDictionary(group => group.Key, group => group.Count())
            .ShouldBe(new Dictionary<string, int> { ["a"] = 4, ["b"] = 2 }, ignoreOrder: true);
        open.Where(lease => Name(lease) == "b").ToList().ForEach(lease => lease.Dispose());
        Choose(pool).ShouldBe("b");
    }

    [Fact]
    public void Choose_IpHash_SameNetworkSameServer()
    {
        var pool = _registry.Bind(Pool(Balancing.IpHash, Server("a"), Server("b"), Server("c")));
        var first = Choose(pool, "192.0.2.1");
        Choose(pool, "192.0.2.200").ShouldBe(first);
        Enumerable.Range(0, 60).Select(net => Choose(pool, $"10.{net}.3.1")).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Choose_Random_FollowsWeights()
    {
        var pool = _registry.Bind(Pool(Balancing.Random, Server("a", 9), Server("b", 1)));
        Enumerable.Range(0, 2000).Count(_ => Choose(pool) == "a").ShouldBeInRange(1650, 1950);
    }

    [Fact]
    public void Choose_DownAndBackup_AreKeptBack()
    {
        var pool = _registry.Bind(
            Pool(Balancing.RoundRobin, Server("a"), Server("b") with { Down = true }, Server("c") with { Backup = true })
        );
        Enumerable.Range(0, 4).Select(_ => Choose(pool)).ShouldBe(["a", "a", "a", "a"]);
        var tried = default(TriedServers);
        Name(pool.Choose(null, ref tried)!).ShouldBe("a");
        Name(pool.Choose(null, ref tried)!).ShouldBe("c");
        pool.Choose(null, ref tried).ShouldBeNull();
    }

    [Fact]
    public void Failed_MaxFailsReached_IsSkippedUntilAllFail()
    {
        var pool = _registry.Bind(Pool(Balancing.RoundRobin, Server("a") with { MaxFails = 2 }, Server("b")));
        FailOnce(pool, "a");
        Enumerable.Range(0, 2).Select(_ => Choose(pool)).ShouldContain("a");
        FailOnce(pool, "a");
        Enumerable.Range(0, 3).Select(_ => Choose(pool)).ShouldBe(["b", "b", "b"]);
        FailOnce(pool, "b");
        Lease(pool).ShouldBeNull();
        Lease(pool).ShouldNotBeNull();
    }

    [Fact]
    public void Failed_OnlyServer_IsNeverTakenOut()
    {
        var pool = _registry.Bind(Pool(Balancing.RoundRobin, Server("a")));
        FailOnce(pool, "a");
        Choose(pool).ShouldBe("a");
    }

    [Fact]
    public void Choose_MaxConns_IsALimit()
    {
        var pool = _registry.Bind(Pool(Balancing.RoundRobin, Server("a") with { MaxConns = 1 }));
        using var held = Lease(pool);
        Lease(pool).ShouldBeNull();
    }

    [Fact]
    public void Bind_EditedPool_KeepsActiveAndFailures()
    {
        var config = Pool(Balancing.LeastConn, Server("a"), Server("b"));
        var pool = _registry.Bind(config);
        using var held = Lease(pool);
        FailOnce(pool, "b");
        var edited = _registry.Bind(config with { Servers = [.. config.Servers, Server("c")] });
        edited.Servers[0].Active.ShouldBe(1);
        edited.ConditionOf(1).ShouldBe(ServerCondition.Failing);
        _registry.Sweep([edited]);
        _registry.Bind(config).Servers[0].ShouldBeSameAs(edited.Servers[0]);
    }

    private static UpstreamPool Pool(Balancing balancing, params UpstreamServer[] servers) =>
        new()
        {
            Name = "p",
            Balancing = balancing,
            Servers = [.. servers],
        };

    private static UpstreamServer Server(string name, int weight = 1) => new() { Address = $"http://{name}:80", Weight = weight };

    private static ServerLease? Lease(CompiledPool pool, string? client = null)
    {
        var tried = default(TriedServers);
        return pool.Choose(client is null ? null : IPAddress.Parse(client), ref tried);
    }

    private static string Choose(CompiledPool pool, string? client = null)
    {
        using var lease = Lease(pool, client)!;
        return Name(lease);
    }

    private static string Name(ServerLease lease) => lease.Server.Uri.Host;

    private static void FailOnce(CompiledPool pool, string name)
    {
        var tried = default(TriedServers);
        while (pool.Choose(null, ref tried) is { } lease)
        {
            using (lease)
            {
                if (Name(lease) != name)
                    continue;
                lease.Failed("test");
                return;
            }
        }

        throw new InvalidOperationException("not selectable");
    }
}

using Appliance.Proxy.Config;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Traffic;

/// <summary>Names come and go for years: what was deleted is not counted for ever.</summary>
public sealed class TrafficRegistryTests
{
    [Fact]
    public async Task Counters_OfWhatWasDeleted_GoAndOthersStay()
    {
        await using var backend = new RecordingBackend();
        ProxyConfig Of(string name) =>
            new()
            {
                Routes = [Configs.Proxy("kept", "/kept", pool: "kept"), Configs.Proxy(name, "/" + name, pool: name)],
                UpstreamPools = [Configs.Pool("kept", backend.Address), Configs.Pool(name, backend.Address)],
            };
        var first = Of("one");
        await using var proxy = await ProxyUnderTest.StartAsync(first);
        foreach (var path in new[] { "/kept", "/one" })
            (await RawHttp.GetAsync(proxy.Port, path)).Status.ShouldBe(200);
        await Eventually.TrueAsync(
            () => Task.FromResult(proxy.Host.Traffic.Routes.All(one => one.Value.Read().Active == 0)),
            "both are over"
        );

        var second = Of("two");
        await proxy.ApplyAsync(
            second with
            {
                Routes = [first.Routes[0], second.Routes[1]],
                UpstreamPools = [first.UpstreamPools[0], second.UpstreamPools[1]],
            }
        );
        proxy.Host.Traffic.Routes.Select(one => one.Key).ShouldBe([first.Routes[0].Id]);
        proxy
            .Host.Traffic.Pools.Select(one => one.Key)
            .ShouldBe([first.UpstreamPools[0].Id, second.UpstreamPools[1].Id], ignoreOrder: true);
        proxy.Host.Traffic.Routes.Single().Value.Read().Requests.ShouldBe(1);
    }
}

using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>What stands in front of the routes, and where the docs tell of it.</summary>
public sealed class RequestGatesTests
{
    [Fact]
    public async Task All_Pages_AreInTheDocs()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All("http://127.0.0.1:1"));
        var gates = proxy.Host.Gates;
        gates.Select(gate => gate.Name).ShouldBeUnique();
        gates.ShouldAllBe(gate => File.Exists(Path.Combine(Repository.Root, "docs", gate.Page)));
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "features", "requests.md"));
        var places = gates.Select(gate => text.IndexOf($"**{gate.Name.Split(':')[0]}**", StringComparison.Ordinal)).ToList();
        places.ShouldAllBe(place => place >= 0, "docs/features/requests.md lists the gates by their names");
        places.SequenceEqual(places.Order()).ShouldBeTrue("and in their order");
    }
}

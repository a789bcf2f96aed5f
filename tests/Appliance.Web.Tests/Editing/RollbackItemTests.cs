using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Appliance.Web.Editing;

namespace Appliance.Web.Tests.Editing;

/// <summary>One item comes back into a config that went on without it.</summary>
public sealed class RollbackItemTests
{
    private static readonly Dictionary<string, Route> _routes = "ABCDXYZ".ToDictionary(
        name => name.ToString(),
        name => Configs.Proxy(name.ToString(), "/" + name, "pool")
    );

    [Theory]
    [InlineData("ABCD", "C", "XYZABD", "XYZABCD")]
    [InlineData("ABCD", "A", "XBCD", "XABCD")]
    [InlineData("ABCD", "D", "XYZ", "XYZD")]
    [InlineData("ABCD", "C", "DX", "CDX")]
    [InlineData("ABCD", "C", "", "C")]
    public void Item_RouteThatIsGone_StandsWhereItStood(string then, string name, string now, string after)
    {
        var next = Rollback.Item(Of(now), Of(then), _routes[name].Id);
        string.Concat(next.Routes.Select(route => route.Name)).ShouldBe(after);
    }

    [Fact]
    public void Item_ThatWasNotThere_IsGone() =>
        string.Concat(Rollback.Item(Of("ABC"), Of("AC"), _routes["B"].Id).Routes.Select(route => route.Name)).ShouldBe("AC");

    // A pool that was renamed has its old name again, and its routes follow.
    [Fact]
    public void Item_RenamedSince_TakesItsUsersAlong()
    {
        var pool = Configs.Pool("old", "http://127.0.0.1:9");
        var route = Configs.Proxy("all", "/", "old");
        var then = new ProxyConfig { UpstreamPools = [pool], Routes = [route] };
        var now = new ProxyConfig
        {
            UpstreamPools = [pool with { Name = "new" }],
            Routes = [route with { Action = new RouteAction.Proxy { Pool = "new" } }],
        };
        var next = Rollback.Item(now, then, pool.Id);
        next.UpstreamPools.Single().Name.ShouldBe("old");
        next.Routes.Single().Action.ShouldBeOfType<RouteAction.Proxy>().Pool.ShouldBe("old");
        ConfigDiff.Between(then, next).Changes.ShouldBeEmpty();
    }

    private static ProxyConfig Of(string names) =>
        new()
        {
            UpstreamPools = [Configs.Pool("pool", "http://127.0.0.1:9")],
            Routes = [.. names.Select(name => _routes[name.ToString()])],
        };
}

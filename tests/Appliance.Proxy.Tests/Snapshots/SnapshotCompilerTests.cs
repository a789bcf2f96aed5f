using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Snapshots;

/// <summary>An edit costs what was edited: everything else keeps its compiled form.</summary>
public sealed class SnapshotCompilerTests
{
    private readonly SnapshotCompiler _compiler = new(new UpstreamRegistry(new(), TestTime.New()));
    private readonly ProxyConfig _config = new()
    {
        Routes = [Configs.Proxy("one", "/one", "first"), Configs.Proxy("two", "/two", "second")],
        UpstreamPools = [Configs.Pool("first", "http://10.0.0.1:80"), Configs.Pool("second", "http://10.0.0.2:80")],
        HeaderMaps = [Map("$shade", "dark"), Map("$size", "large")],
        TlsPolicies = [new TlsPolicy { Name = "strict", Hosts = ["example.com"] }],
    };

    [Fact]
    public void Compile_SameItemsAgain_EverythingIsKept()
    {
        var before = Compile(_config, ProxySnapshot.Empty);

        var after = Compile(_config with { Routes = [.. _config.Routes] }, before);

        foreach (var route in _config.Routes)
            Target(after, route.Name).ShouldBeSameAs(Target(before, route.Name));
        foreach (var pool in _config.UpstreamPools)
            after.Pools[pool.Name].ShouldBeSameAs(before.Pools[pool.Name]);
        after.Maps.ShouldBeSameAs(before.Maps);
        after.TlsPolicies.ShouldBeSameAs(before.TlsPolicies);
    }

    [Fact]
    public void Compile_ARouteIsEdited_OnlyItIsCompiled()
    {
        var before = Compile(_config, ProxySnapshot.Empty);

        var after = Compile(_config with { Routes = [_config.Routes[0] with { Path = "/other" }, _config.Routes[1]] }, before);

        Target(after, "two").ShouldBeSameAs(Target(before, "two"));
        Target(after, "one").Route.ShouldNotBeSameAs(Target(before, "one").Route);
        Target(after, "one").Route.Route.Path.ShouldBe("/other");
        Target(after, "one").Pool.ShouldBeSameAs(Target(before, "one").Pool);
        Target(before, "one").Route.Route.Path.ShouldBe("/one", "requests that began before keep what they had");
        after.TlsPolicies.ShouldBeSameAs(before.TlsPolicies);
    }

    [Fact]
    public void Compile_APoolIsEdited_ItsRoutesGoToTheNewOne_OthersStay()
    {
        var before = Compile(_config, ProxySnapshot.Empty);
        var edited = _config.UpstreamPools[0] with { Servers = [new() { Address = "http://10.0.0.9:80" }] };

        var after = Compile(_config with { UpstreamPools = [edited, _config.UpstreamPools[1]] }, before);

        Target(after, "two").ShouldBeSameAs(Target(before, "two"));
        after.Pools["second"].ShouldBeSameAs(before.Pools["second"]);
        Target(after, "one").Route.ShouldBeSameAs(Target(before, "one").Route);
        Target(after, "one").Pool.ShouldBeSameAs(after.Pools["first"]);
        Target(after, "one").Pool.Servers.ShouldHaveSingleItem().Address.ShouldBe("http://10.0.0.9:80");
    }

    [Fact]
    public void Compile_RowsOfAMapChange_RoutesAreKept()
    {
        var before = Compile(_config, ProxySnapshot.Empty);

        var after = Compile(_config with { HeaderMaps = [Map("$shade", "bright"), _config.HeaderMaps[1]] }, before);

        after.Maps.ShouldNotBeSameAs(before.Maps);
        Target(after, "one").ShouldBeSameAs(Target(before, "one"));
    }

    // A template of any route may name the map that came, or the one that went.
    [Fact]
    public void Compile_NamesOfMapsChange_EveryRouteIsCompiled()
    {
        var before = Compile(_config, ProxySnapshot.Empty);

        var after = Compile(_config with { HeaderMaps = [_config.HeaderMaps[0]] }, before);

        Target(after, "one").Route.ShouldNotBeSameAs(Target(before, "one").Route);
        Target(after, "two").Route.ShouldNotBeSameAs(Target(before, "two").Route);
        after.Pools["first"].ShouldBeSameAs(before.Pools["first"]);
    }

    [Fact]
    public void Compile_ATlsPolicyIsEdited_OnlyTheirTableIsNew()
    {
        var before = Compile(_config, ProxySnapshot.Empty);

        var after = Compile(_config with { TlsPolicies = [_config.TlsPolicies[0] with { ForceHttps = true }] }, before);

        after.TlsPolicies.ShouldNotBeSameAs(before.TlsPolicies);
        Target(after, "one").ShouldBeSameAs(Target(before, "one"));
    }

    // Rules of today may be stricter than those of the day when an item was stored.
    [Fact]
    public void Compile_AnItemCannotBe_IsLeftOutAndNamed_TheRestIsServed()
    {
        var broken = Configs.Proxy("broken", "/broken") with { PathKind = PathKind.Regex, Path = "(" };
        var nowhere = Configs.Proxy("nowhere", "/nowhere", "no-such-pool");

        var snapshot = Compile(_config with { Routes = [broken, nowhere, .. _config.Routes] }, ProxySnapshot.Empty);

        snapshot.LeftOut.Select(problem => problem.Path).ShouldBe(["routes/broken", "routes/nowhere/action/pool"], ignoreOrder: true);
        snapshot.Targets.Keys.ShouldBe(_config.Routes.Select(route => route.Id), ignoreOrder: true);
    }

    [Fact]
    public void Compile_ARouteIsSwitchedOff_HasNoTarget()
    {
        var before = Compile(_config, ProxySnapshot.Empty);

        var after = Compile(_config with { Routes = [_config.Routes[0] with { Enabled = false }, _config.Routes[1]] }, before);

        after.Targets.Keys.ShouldHaveSingleItem().ShouldBe(_config.Routes[1].Id);
        after.LeftOut.ShouldBeEmpty();
    }

    private ProxySnapshot Compile(ProxyConfig config, ProxySnapshot previous) =>
        _compiler.Compile(new(previous.Revision + 1, config), previous);

    private static ForwardTarget Target(ProxySnapshot snapshot, string route) =>
        snapshot.Targets[snapshot.Config.Routes.Single(item => item.Name == route).Id];

    private static HeaderMap Map(string name, string value) =>
        new()
        {
            Name = name,
            Source = "$host",
            Rows = [new() { Pattern = "example.com", Value = value }],
        };
}

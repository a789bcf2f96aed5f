using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Testing;
using Appliance.Web.Editing;
using Appliance.Web.Rights;

namespace Appliance.Web.Tests.Rights;

public sealed class UsageTests
{
    private readonly HeaderMap _map = new() { Name = "$a", Source = "$host" };

    [Theory]
    [InlineData("$a", "$b")]
    [InlineData("${a}x", "${b}x")]
    [InlineData("$A", "$b")]
    [InlineData("$ab $a_b", "$ab $a_b")]
    [InlineData("$$a", "$$a")]
    [InlineData("$$$a", "$$$b")]
    [InlineData("$1a $a", "$1a $b")]
    [InlineData("no variable", "no variable")]
    public void Put_RenamedMap_TemplatesFollow(string before, string after)
    {
        var config = new ProxyConfig
        {
            HeaderMaps = [_map],
            Routes = [Configs.Proxy("r") with { RequestHeaders = [new HeaderRule { Name = "X", Value = before }] }],
        };
        Usage.Put(config, _map with { Name = "$b" }).Routes[0].RequestHeaders[0].Value.ShouldBe(after);
        Usage.Of(config, _map).Count.ShouldBe(before == after ? 0 : 1);
    }

    [Fact]
    public void Put_RenamedMap_OtherMapsAndActionsFollow()
    {
        var config = new ProxyConfig
        {
            HeaderMaps =
            [
                _map,
                new()
                {
                    Name = "$c",
                    Source = "$a",
                    Default = "$a",
                    Rows = [new() { Pattern = "$a", Value = "$a" }],
                },
            ],
            Routes =
            [
                new()
                {
                    Name = "r",
                    Path = "/r",
                    Action = new RouteAction.Redirect { Location = "https://$a/" },
                },
                new()
                {
                    Name = "s",
                    Path = "/s",
                    Action = new RouteAction.Respond { Body = "$a" },
                },
            ],
        };
        var next = Usage.Put(config, _map with { Name = "$b" });
        var other = next.HeaderMaps[1];

        // A pattern is no template: it stays.
        (other.Source, other.Default, other.Rows[0].Value, other.Rows[0].Pattern).ShouldBe(("$b", "$b", "$b", "$a"));
        ((RouteAction.Redirect)next.Routes[0].Action).Location.ShouldBe("https://$b/");
        ((RouteAction.Respond)next.Routes[1].Action).Body.ShouldBe("$b");
    }

    [Fact]
    public void Undo_ChangeAddAndRemove_TakesBackOnlyThat()
    {
        var pool = Configs.Pool("p", "http://a:1");
        var before = new ProxyConfig
        {
            UpstreamPools = [pool],
            Routes = [Configs.Proxy("one", "/1", "p"), Configs.Proxy("two", "/2", "p"), Configs.Proxy("three", "/3", "p")],
        };
        var added = Configs.Proxy("added", "/4", "p");
        var after = Items.Put(
            Items.Remove(Items.Put(before, before.Routes[0] with { Path = "/changed" }), new HashSet<Guid> { before.Routes[1].Id }),
            added
        );
        var later = Items.Put(after, Configs.Proxy("later", "/5", "p"));
        Undo.Apply(later, before, after).Routes.Select(route => route.Path).ShouldBe(["/1", "/2", "/3", "/5"]);
        Undo.Seen(before, after).ShouldAllBe(seen => seen.IsStillIn(later));
        Undo.Seen(before, after).All(seen => seen.IsStillIn(Items.Put(later, added with { Path = "/touched" }))).ShouldBeFalse();
    }

    [Fact]
    public void Undo_OfPolicies_TakesBackWhatWasAddedChangedAndRemoved()
    {
        var before = new ProxyConfig
        {
            TlsPolicies = [new() { Name = "changed", Hosts = ["a"] }, new() { Name = "removed", Hosts = ["b"] }],
        };
        var added = new TlsPolicy { Name = "added", Hosts = ["c"] };
        var after = Items.Put(
            Items.Remove(
                Items.Put(before, before.TlsPolicies[0] with { ForceHttps = true }),
                new HashSet<Guid> { before.TlsPolicies[1].Id }
            ),
            added
        );
        Items.Find(after, added.Id).ShouldBe(added);
        Items.PositionOf(after, added).ShouldBe(1);
        var undone = Undo.Apply(after, before, after);
        undone.TlsPolicies.Select(policy => (policy.Name, policy.ForceHttps)).ShouldBe([("changed", false), ("removed", false)]);
        Usage.Of(after, added).ShouldBeEmpty();
        Items.FreeName("added", after.TlsPolicies).ShouldBe("added-copy");
    }

    [Fact]
    public void Undo_Reorder_BringsTheOrderBack()
    {
        var before = new ProxyConfig { Routes = [Configs.Proxy("one", "/1"), Configs.Proxy("two", "/2")] };
        var after = before with { Routes = [before.Routes[1], before.Routes[0]] };
        Undo.Apply(after, before, after).Routes.Select(route => route.Name).ShouldBe(["one", "two"]);
    }
}

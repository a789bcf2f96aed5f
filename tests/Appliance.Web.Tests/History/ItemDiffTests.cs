using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.History;

namespace Appliance.Web.Tests.History;

public sealed class ItemDiffTests
{
    private static readonly UpstreamPool _pool = Configs.Pool("p", "http://127.0.0.1:1");
    private static readonly Route _one = Configs.Proxy("one", "/1", "p");
    private static readonly Route _two = Configs.Proxy("two", "/2", "p");

    [Fact]
    public void Between_NothingDiffers_IsEmpty() => ItemDiff.Between(Routes(_one), Routes(_one with { })).ShouldBeEmpty();

    [Fact]
    public void Between_NewItems_AllTheirLinesCame()
    {
        var map = new HeaderMap { Name = "$m", Source = "$host" };
        var diffs = ItemDiff.Between(
            new(),
            new()
            {
                Routes = [_one],
                UpstreamPools = [_pool],
                HeaderMaps = [map],
            }
        );
        diffs
            .Select(diff => (diff.Change.Kind, diff.Change.Item, diff.Change.Name))
            .ShouldBe([
                (ChangeKind.Added, "route", "one"),
                (ChangeKind.Added, "upstream pool", "p"),
                (ChangeKind.Added, "header map", "$m"),
            ]);
        diffs.ShouldAllBe(diff => diff.Lines.Count > 2 && diff.Lines.All(line => line.Sign == '+'));
        string.Join('\n', diffs[0].Lines.Select(line => line.Text)).ShouldBe(ConfigItemJson.WriteIndented(_one));
    }

    [Fact]
    public void Between_AuthorityAdded_ItsLinesCame()
    {
        TlsPolicy Trusting(string pem) =>
            new()
            {
                Id = _one.Id,
                Name = "p",
                ClientCertificates = new() { Trusted = pem },
            };
        var diff = ItemDiff
            .Between(
                new() { TlsPolicies = [Trusting("-----BEGIN A\nfirst\n")] },
                new() { TlsPolicies = [Trusting("-----BEGIN A\nfirst\n-----BEGIN B\nsecond\n")] }
            )
            .ShouldHaveSingleItem();
        diff.Change.ShouldBe(new(ChangeKind.Changed, "TLS policy", "p"));
        diff.Lines.Where(line => line.Sign == '+').Select(line => line.Text.Trim()).ShouldBe(["-----BEGIN B\\n", "second\\n"]);
    }

    [Fact]
    public void Between_ItemGone_AllItsLinesWent() =>
        ItemDiff
            .Between(Routes(_one, _two), Routes(_two))
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                diff => diff.Change.ShouldBe(new(ChangeKind.Removed, "route", "one")),
                diff => diff.Lines.ShouldAllBe(line => line.Sign == '-')
            );

    [Fact]
    public void Between_OneProperty_OnlyItsLineDiffers()
    {
        var diff = ItemDiff.Between(Routes(_one), Routes(_one with { Path = "/other" })).ShouldHaveSingleItem();
        diff.Lines.Where(line => line.Sign != ' ')
            .Select(line => (line.Sign, line.Text.Trim()))
            .ShouldBe([('-', "\"path\": \"/1\","), ('+', "\"path\": \"/other\",")]);
    }

    [Fact]
    public void Between_BlanksInsideAValue_AreShown() =>
        ItemDiff
            .Between(Routes(Saying("x")), Routes(Saying(" x ")))
            .ShouldHaveSingleItem()
            .Lines.Count(line => line.Sign != ' ')
            .ShouldBe(2);

    [Fact]
    public void Between_ItemGoesOneLevelDeeper_IsShown()
    {
        var diff = ItemDiff.Between(Routes(Saying("x")), Routes(Saying("x") with { Hosts = ["a", "b"] })).ShouldHaveSingleItem();
        diff.Lines.ShouldContain(line => line.Sign == '+' && line.Text.Contains("hosts", StringComparison.Ordinal));
    }

    [Fact]
    public void Between_Renamed_IsOneChangeUnderTheNewName()
    {
        var diff = ItemDiff.Between(Routes(_one), Routes(_one with { Name = "new" })).ShouldHaveSingleItem();
        diff.Change.ShouldBe(new(ChangeKind.Changed, "route", "new"));
        diff.Lines.Count(line => line.Sign != ' ').ShouldBe(2);
    }

    [Fact]
    public void Between_NamesChangeHands_EveryOneIsComparedWithItself()
    {
        // "one" is removed, "two" takes its name, and another "two" is new.
        var taker = _two with { Name = "one" };
        var added = Configs.Proxy("two", "/3", "p");
        var diffs = ItemDiff.Between(Routes(_one, _two), Routes(taker, added));
        Text(diffs.Single(diff => diff.Change.Kind == ChangeKind.Changed), ' ').ShouldContain("/2");
        Text(diffs.Single(diff => diff.Change.Kind == ChangeKind.Added), '+').ShouldContain("/3");
        Text(diffs.Single(diff => diff.Change.Kind == ChangeKind.Removed), '-').ShouldContain("/1");
    }

    [Fact]
    public void Between_SameNameInTwoKinds_IsNotMixedUp()
    {
        var route = Configs.Proxy("p", "/x", "p");
        var diffs = ItemDiff.Between(
            new() { Routes = [route], UpstreamPools = [_pool] },
            new() { Routes = [route with { Path = "/y" }], UpstreamPools = [_pool with { Tags = ["t"] }] }
        );
        Text(diffs.Single(diff => diff.Change.Item == "route"), '+').ShouldContain("/y");
        Text(diffs.Single(diff => diff.Change.Item == "upstream pool"), '+').ShouldContain("tags");
    }

    [Fact]
    public void Between_AnotherOrder_ShowsTheNames()
    {
        var diff = ItemDiff.Between(Routes(_one, _two), Routes(_two, _one)).ShouldHaveSingleItem();
        diff.Change.Kind.ShouldBe(ChangeKind.Reordered);
        diff.Lines.Count(line => line.Sign == '+').ShouldBe(1);
        diff.Lines.Count(line => line.Sign == '-').ShouldBe(1);
        diff.Lines.Select(line => line.Text).Distinct().Order().ShouldBe(["one", "two"]);
    }

    private static Route Saying(string value) => _one with { ResponseHeaders = [new() { Name = "X", Value = value }] };

    private static ProxyConfig Routes(params Route[] routes) => new() { Routes = [.. routes] };

    private static string Text(ItemDiff diff, char sign) =>
        string.Join('\n', diff.Lines.Where(line => line.Sign == sign).Select(line => line.Text));
}

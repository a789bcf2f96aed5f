using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Testing;
using Appliance.Web.Bulk;
using Appliance.Web.Editing;
using Appliance.Web.Hosting;
using Appliance.Web.Rights;

namespace Appliance.Web.Tests.Bulk;

public sealed class BulkChangesTests : IAsyncLifetime
{
    private static readonly Actor _ann = Actor.Local("ann");
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-bulk-").FullName;
    private readonly ProxyConfig _config = new()
    {
        UpstreamPools =
        [
            Configs.Pool("api", "http://127.0.0.1:1"),
            Configs.Pool("chat", "http://127.0.0.1:2"),
            Configs.Pool("spare", "http://127.0.0.1:3"),
        ],
        Routes =
        [
            Configs.Proxy("one", "/1", "api") with
            {
                Tags = ["team-a"],
            },
            Configs.Proxy("two", "/2", "api") with
            {
                Tags = ["team-a", "old"],
            },
            Configs.Proxy("three", "/3", "chat") with
            {
                Tags = ["team-b"],
            },
        ],
    };

    private Node _node = null!; // InitializeAsync runs before each test

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None);
        (await EditAsync(_ => _config, _ann, [])).ShouldBeOfType<EditResult.Saved>();
    }

    public Task DisposeAsync()
    {
        _node.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Delete_SeveralRoutes_IsOneRevisionWithOneLineOfTheAuditAndOneUndo()
    {
        var meant = _config.Routes.Where(route => route.Name != "two").ToList();
        var saved = (await EditAsync(config => Items.Remove(config, Ids(meant)), _ann, meant)).ShouldBeOfType<EditResult.Saved>();
        saved.Revision.Number.ShouldBe(2);
        saved.Revision.Config.Routes.Select(route => route.Name).ShouldBe(["two"]);
        var lines = await _node.Audit.ListAsync(new(), 100, null, _ann, CancellationToken.None);
        lines.Count(line => line.Action.StartsWith("config.", StringComparison.Ordinal)).ShouldBe(2); // the first config, and this

        var (before, after) = (saved.Before.Config, saved.Revision.Config);
        var undone = (
            await _node
                .EditorBeside(null)
                .ApplyAsync(head => Undo.Apply(head, before, after), Undo.Seen(before, after), Info(_ann), CancellationToken.None)
        ).ShouldBeOfType<EditResult.Saved>();
        undone.Revision.Number.ShouldBe(3);
        undone
            .Revision.Config.Routes.Select(route => (route.Id, route.Name))
            .ShouldBe(_config.Routes.Select(route => (route.Id, route.Name)));
    }

    [Fact]
    public async Task Switch_WithOneOutsideOfTheScope_IsRefusedAsAWhole()
    {
        AccessScope.TryParse("tag:team-a", out var scope, out _).ShouldBeTrue();
        var bob = new Actor("bob", "test", new(Role.Operator, scope!));
        var refused = (
            await EditAsync(config => BulkChanges.Switch(config, Ids(_config.Routes), on: false), bob, _config.Routes)
        ).ShouldBeOfType<EditResult.Rejected>();
        refused.Problems.ShouldHaveSingleItem().Message.ShouldContain("Route three is outside of your scope");
        (await HeadAsync()).Number.ShouldBe(1);

        var own = _config.Routes.Where(route => route.Tags.Contains("team-a")).ToList();
        var saved = (
            await EditAsync(config => BulkChanges.Switch(config, Ids(own), on: false), bob, own)
        ).ShouldBeOfType<EditResult.Saved>();
        saved.Revision.Config.Routes.Select(route => route.Enabled).ShouldBe([false, false, true]);
    }

    [Fact]
    public async Task AddTags_WhenOneWasChangedMeanwhile_IsStaleAndStoresNothing()
    {
        await EditAsync(config => BulkChanges.Switch(config, Ids(_config.Routes.Take(1)), on: false), _ann, []);
        (
            await EditAsync(config => BulkChanges.AddTags(config, Ids(_config.Routes), ["new"]), _ann, _config.Routes)
        ).ShouldBeOfType<EditResult.Stale>();
        (await HeadAsync()).Number.ShouldBe(2);
    }

    [Fact]
    public void Tags_AreAddedOnceInOrderAndTakenAway()
    {
        var tagged = BulkChanges.AddTags(_config, Ids(_config.Routes.Take(2)), ["old", "new"]);
        tagged.Routes.Select(route => string.Join(' ', route.Tags)).ShouldBe(["team-a old new", "team-a old new", "team-b"]);
        BulkChanges
            .RemoveTag(tagged, Ids(_config.Routes), "team-a")
            .Routes.Select(route => string.Join(' ', route.Tags))
            .ShouldBe(["old new", "old new", "team-b"]);
        BulkChanges.AddTags(_config, Ids(_config.UpstreamPools.Take(1)), ["x"]).UpstreamPools[0].Tags.ShouldBe(["x"]);
    }

    [Fact]
    public void InUse_NamesTheRoutesOfAPool()
    {
        var used = BulkChanges.InUse(_config, _config.UpstreamPools);
        used.Select(one => (one.Item.Name, string.Join(' ', one.Users.Select(user => user.Name))))
            .ShouldBe([("api", "one two"), ("chat", "three")]);
    }

    [Fact]
    public void LeftUnused_IsAPoolWhoseLastRouteGoes()
    {
        BulkChanges.LeftUnused(_config, Ids(_config.Routes.Take(1))).ShouldBeEmpty();
        BulkChanges.LeftUnused(_config, Ids(_config.Routes.Take(2))).Select(pool => pool.Name).ShouldBe(["api"]);
    }

    [Fact]
    public void Words_ManyItems_AreNotAllNamed()
    {
        BulkChanges.Words([_config.Routes[0]]).ShouldBe("route one");
        BulkChanges.Words([.. _config.UpstreamPools]).ShouldBe("3 pools: api, chat, spare");
        BulkChanges.Words([.. Enumerable.Range(0, 12).Select(number => Configs.Proxy($"r{number}"))]).ShouldEndWith("r9 and 2 more");
    }

    [Fact]
    public void Selection_OffersOnlyWhatMayBeChangedAndIsFound()
    {
        AccessScope.TryParse("tag:team-a", out var scope, out _).ShouldBeTrue();
        var selection = new Selection();
        var rights = new PageRights(new(Role.Operator, scope!));
        selection.Arrange(rights, _config, new(), _config.Routes);
        selection.SetAll();
        selection.Set(_config.Routes, on: true);
        selection.Chosen.Select(item => item.Name).ShouldBe(["one", "two"]);
        selection.HasAll(_config.Routes).ShouldBeTrue();
        selection.Offers(_config.Routes[2].Id).ShouldBeFalse();

        // What a filter hides is not meant any more, also when the filter goes again.
        selection.Arrange(rights, _config, new() { Tag = "old" }, _config.Routes.Where(route => route.Tags.Contains("old")));
        selection.Chosen.Select(item => item.Name).ShouldBe(["two"]);
        selection.Arrange(rights, _config, new(), _config.Routes);
        selection.Chosen.Select(item => item.Name).ShouldBe(["two"]);
        selection.Arrange(rights, Items.Remove(_config, Ids(_config.Routes)), new(), []);
        selection.Chosen.ShouldBeEmpty();
        new Selection().HasAll([]).ShouldBeFalse();
    }

    [Fact]
    public void Selection_OfAViewer_OffersNothing()
    {
        var selection = new Selection();
        selection.Arrange(new(new(Role.Viewer, AccessScope.Everything)), _config, new(), _config.Routes);
        selection.Offered.ShouldBe(0);
        selection.Set(_config.Routes, on: true);
        selection.Chosen.ShouldBeEmpty();
    }

    private static HashSet<Guid> Ids(IEnumerable<ConfigItem> items) => [.. items.Select(item => item.Id)];

    private static RevisionInfo Info(Actor actor) => new(actor, "why", "console");

    private Task<EditResult> EditAsync(Func<ProxyConfig, ProxyConfig> edit, Actor actor, IEnumerable<ConfigItem> seen) =>
        _node.EditorBeside(null).ApplyAsync(edit, [.. seen.Select(SeenItem.Of)], Info(actor), CancellationToken.None);

    private ValueTask<ConfigRevision> HeadAsync() => _node.Store.ReadHeadAsync(CancellationToken.None);

    [Fact]
    public void LossOfHosts_CountsHostsWithoutAnyRouteLeft()
    {
        var config = new ProxyConfig
        {
            Routes =
            [
                Configs.Proxy("a") with
                {
                    Id = Guid.CreateVersion7(),
                    Hosts = ["a.example.com", "both.example.com"],
                },
                Configs.Proxy("b") with
                {
                    Id = Guid.CreateVersion7(),
                    Hosts = ["B.example.com"],
                },
                Configs.Proxy("c") with
                {
                    Id = Guid.CreateVersion7(),
                    Hosts = ["both.example.com"],
                },
            ],
        };
        BulkChanges
            .LossOfHosts(config, BulkChanges.Switch(config, [.. config.Routes.Take(2).Select(route => route.Id)], on: false))
            .ShouldStartWith("2 hosts are answered 404 from then on: a.example.com, b.example.com. ");
        BulkChanges
            .LossOfHosts(config, BulkChanges.Switch(config, [config.Routes[2].Id], on: false))
            .ShouldStartWith("Requests that they take go to the next route");
        var catching = config with { Routes = config.Routes.Add(Configs.Proxy("all") with { Id = Guid.CreateVersion7() }) };
        BulkChanges
            .LossOfHosts(catching, config with { Routes = [catching.Routes[3]] })
            .ShouldStartWith("Requests that they take go to the next route");
        BulkChanges.LossOfHosts(catching, config).ShouldStartWith("Every host without a route of its own is answered 404");
    }
}

using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Connections;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.Live;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Web.Tests.Live;

public sealed class ConsoleFeedTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string folder = Directory.CreateTempSubdirectory("appliance-feed-").FullName;
    private readonly Later time = new();
    private Node node = null!; // InitializeAsync runs before each test
    private SickDatabase database = null!;
    private ConfigStore store = null!;
    private ProxyUnderTest proxy = null!;
    private ConsoleFeed feed = null!;

    public async Task InitializeAsync()
    {
        node = await Node.OpenAsync(new() { Data = folder }, None);
        await node.Editor.ApplyAsync(_ => new() { Routes = [Configs.Proxy("r", pool: "p")], UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")] }, 0, new(Actor.Local("ann"), "", "apply"), dryRun: false, None);
        database = new(node.Folder.Database);
        store = new(database, TimeProvider.System);
        proxy = await ProxyUnderTest.StartAsync(new());
        feed = new(store, node.Certificates, proxy.Host, time, NullLogger<ConsoleFeed>.Instance);
    }

    public async Task DisposeAsync()
    {
        database.Recover();
        feed.Dispose();
        await proxy.DisposeAsync();
        store.Dispose();
        node.Dispose();
        database.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Refresh_DatabaseAway_KeepsWhatItKnewAndSaysWhyUntilItIsBack()
    {
        await feed.RefreshAsync(None);
        (feed.Current.Head.Number, feed.Current.StoreProblem).ShouldBe((1, null));
        database.Away = true;
        await feed.RefreshAsync(None);
        feed.Current.StoreProblem.ShouldBe("The disk of the data folder fails (disk I/O error): what runs keeps running, and connections can be closed and drained, but nothing can be saved and nobody can sign in. "
            + "Look at the disk, its quota and the machine's log.");
        feed.Current.Attention.ShouldBe("database away");
        feed.Current.Head.Config.Routes.ShouldHaveSingleItem().Name.ShouldBe("r");
        feed.Current.Recent.ShouldHaveSingleItem().Author.ShouldBe("ann");
        database.Recover();
        await feed.RefreshAsync(None);
        feed.Current.StoreProblem.ShouldBeNull();
    }

    [Fact]
    public async Task Refresh_DatabaseThatHangs_DoesNotHoldTheFigures()
    {
        await feed.RefreshAsync(None);
        database.Hang();
        var asked = database.Asked;
        for (var view = 0; view < 2; view++)
        {
            var before = feed.Current;
            await feed.RefreshAsync(None).WaitAsync(TimeSpan.FromSeconds(30));
            feed.Current.At.ShouldBeGreaterThan(before.At);
            feed.Current.StoreProblem.ShouldNotBeNull().ShouldContain("it does not answer");
            feed.Current.Head.Number.ShouldBe(1);
        }

        // What is asked is not asked again.
        (database.Asked - asked).ShouldBe(1);
        database.Recover();
        await Eventually.TrueAsync(
            async () =>
            {
                await feed.RefreshAsync(None);
                return feed.Current.StoreProblem is null;
            },
            "the database is back");
    }

    [Fact]
    public async Task Refresh_SamplerThatStands_FiguresAreCalledOld()
    {
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.View.At != DateTimeOffset.MinValue), "there are figures");
        await feed.RefreshAsync(None);
        feed.Current.IsStale.ShouldBeFalse();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await proxy.Host.StopAsync(limit.Token);
        time.By = ConsoleView.FreshFor + TimeSpan.FromSeconds(1);
        await feed.RefreshAsync(None);
        feed.Current.IsStale.ShouldBeTrue();
        feed.Current.Attention.ShouldBe("figures are old");
    }

    [Fact]
    public async Task Drains_AsOfAView_AreCountedOnceForEveryPage()
    {
        await feed.RefreshAsync(None);
        var before = feed.Current;
        var target = new DrainTarget(DrainKind.Route, Guid.NewGuid());
        proxy.Host.Drains.Start(new() { Target = target, Name = "route r", By = "ann" });
        await feed.RefreshAsync(None);
        var view = feed.Current;
        view.Drains.Value.ShouldHaveSingleItem().Order.Target.ShouldBe(target);
        view.Drains.Value.ShouldBeSameAs(view.Drains.Value);
        (view.IsDrained(target), view.IsDrained(target with { Kind = DrainKind.Pool })).ShouldBe((true, false));
        proxy.Host.Drains.Cancel(target);
        view.Drains.Value.ShouldHaveSingleItem("a view does not change");
        await feed.RefreshAsync(None);
        (before.Drains.IsValueCreated, feed.Current.Drains.Value.Count).ShouldBe((false, 0));
    }

    // The real clock, shifted. Not one that stands: the sampler writes real times, and a real timer ends the wait for a database that hangs.
    private sealed class Later : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + By;
    }
}

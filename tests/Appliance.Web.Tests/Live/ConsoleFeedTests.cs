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
    private static readonly CancellationToken _none = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-feed-").FullName;
    private readonly Later _time = new();
    private Node _node = null!; // InitializeAsync runs before each test
    private SickDatabase _database = null!;
    private ConfigStore _store = null!;
    private ProxyUnderTest _proxy = null!;
    private ConsoleFeed _feed = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, _none);
        await _node
            .EditorBeside(null)
            .ApplyAsync(
                _ => new() { Routes = [Configs.Proxy("r", pool: "p")], UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")] },
                0,
                new(Actor.Local("ann"), "", "apply"),
                dryRun: false,
                _none
            );
        _database = new(_node.Folder.Database);
        _store = new(_database, TimeProvider.System);
        _proxy = await ProxyUnderTest.StartAsync(new());
        _feed = new(_store, _node.Certificates, _proxy.Host, _time, NullLogger<ConsoleFeed>.Instance);
    }

    public async Task DisposeAsync()
    {
        _database.Recover();
        _feed.Dispose();
        await _proxy.DisposeAsync();
        _store.Dispose();
        _node.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Refresh_DatabaseAway_KeepsWhatItKnewAndSaysWhyUntilItIsBack()
    {
        await _feed.RefreshAsync(_none);
        (_feed.Current.Head.Number, _feed.Current.StoreProblem).ShouldBe((1, null));
        _database.Away = true;
        await _feed.RefreshAsync(_none);
        _feed.Current.StoreProblem.ShouldBe(
            "The disk of the data folder fails (disk I/O error): what runs keeps running, and connections can be closed and drained, "
                + "but nothing can be saved and nobody can sign in. "
                + "Look at the disk, its quota and the machine's log."
        );
        _feed.Current.Attention.ShouldBe("database away");
        _feed.Current.Head.Config.Routes.ShouldHaveSingleItem().Name.ShouldBe("r");
        _feed.Current.Recent.ShouldHaveSingleItem().Author.ShouldBe("ann");
        _database.Recover();
        await _feed.RefreshAsync(_none);
        _feed.Current.StoreProblem.ShouldBeNull();
    }

    [Fact]
    public async Task Refresh_DatabaseThatHangs_DoesNotHoldTheFigures()
    {
        await _feed.RefreshAsync(_none);
        _database.Hang();
        var asked = _database.Asked;
        for (var view = 0; view < 2; view++)
        {
            var before = _feed.Current;
            await _feed.RefreshAsync(_none).WaitAsync(TimeSpan.FromSeconds(30));
            _feed.Current.At.ShouldBeGreaterThan(before.At);
            _feed.Current.StoreProblem.ShouldNotBeNull().ShouldContain("it does not answer");
            _feed.Current.Head.Number.ShouldBe(1);
        }

        // What is asked is not asked again.
        (_database.Asked - asked).ShouldBe(1);
        _database.Recover();
        await Eventually.TrueAsync(
            async () =>
            {
                await _feed.RefreshAsync(_none);
                return _feed.Current.StoreProblem is null;
            },
            "the database is back"
        );
    }

    // A locked database hangs, too: SQLite waits for the lock longer than a view does.
    [Fact]
    public async Task Refresh_DatabaseThatHangs_IsASentenceInTheLog()
    {
        using var output = new StringWriter();
        using (var sink = new LogSink(output))
        {
            using var logs = ConsoleLogs.Create(
                new(Microsoft.Extensions.Logging.LogLevel.Information, isJson: false, TimeProvider.System),
                sink
            );
            var log = new Microsoft.Extensions.Logging.Logger<ConsoleFeed>(logs);
            using var feed = new ConsoleFeed(_store, _node.Certificates, _proxy.Host, _time, log);
            await feed.RefreshAsync(_none);
            _database.Hang();
            await feed.RefreshAsync(_none).WaitAsync(TimeSpan.FromSeconds(30));
            _database.Recover();
        }

        var said = output.ToString();
        said.ShouldContain("cannot read the database (it does not answer: it is locked, or its disk is slow); it shows what it knew.");
        said.ShouldNotContain("Exception");
    }

    [Fact]
    public async Task Refresh_SamplerThatStands_FiguresAreCalledOld()
    {
        await Eventually.TrueAsync(() => Task.FromResult(_proxy.Host.View.At != DateTimeOffset.MinValue), "there are figures");
        await _feed.RefreshAsync(_none);
        _feed.Current.IsStale.ShouldBeFalse();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _proxy.Host.StopAsync(limit.Token);
        _time.By = ConsoleView.FreshFor + TimeSpan.FromSeconds(1);
        await _feed.RefreshAsync(_none);
        _feed.Current.IsStale.ShouldBeTrue();
        _feed.Current.Attention.ShouldBe("figures are old");
    }

    [Fact]
    public async Task Drains_AsOfAView_AreCountedOnceForEveryPage()
    {
        await _feed.RefreshAsync(_none);
        var before = _feed.Current;
        var target = new DrainTarget(DrainKind.Route, Guid.NewGuid());
        _proxy.Host.Drains.Start(
            new()
            {
                Target = target,
                Name = "route r",
                By = "ann",
            }
        );
        await _feed.RefreshAsync(_none);
        var view = _feed.Current;
        view.Drains.Value.ShouldHaveSingleItem().Order.Target.ShouldBe(target);
        view.Drains.Value.ShouldBeSameAs(view.Drains.Value);
        (view.IsDrained(target), view.IsDrained(target with { Kind = DrainKind.Pool })).ShouldBe((true, false));
        _proxy.Host.Drains.Cancel(target);
        view.Drains.Value.ShouldHaveSingleItem("a view does not change");
        await _feed.RefreshAsync(_none);
        (before.Drains.IsValueCreated, _feed.Current.Drains.Value.Count).ShouldBe((false, 0));
    }

    // The real clock, shifted. Not one that stands: the sampler writes real times, and a real timer ends the wait for a database that
    // hangs.
    private sealed class Later : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + By;
    }
}

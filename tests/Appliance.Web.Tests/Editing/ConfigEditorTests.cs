using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Appliance.Web.Editing;
using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.Editing;

public sealed class ConfigEditorTests : IAsyncLifetime
{
    private static readonly RevisionInfo _someone = new(Actor.Local("someone"), "why", "edit");
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-edit-").FullName;
    private Node _node = null!; // InitializeAsync runs before each test

    public async Task InitializeAsync() => _node = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None);

    public Task DisposeAsync()
    {
        _node.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Apply_NewRoute_IsSavedWithItsDifference()
    {
        var saved = (await ApplyAsync(AddRoute("one"))).ShouldBeOfType<EditResult.Saved>();
        saved.Revision.Number.ShouldBe(1);
        saved.Diff.Changes.ShouldHaveSingleItem().ShouldBe(new(ChangeKind.Added, "route", "one"));
        (await _node.Store.ListRevisionsAsync(10, CancellationToken.None)).ShouldHaveSingleItem().Author.ShouldBe("someone");
    }

    [Fact]
    public async Task Apply_NothingDiffers_IsUnchangedAndStoresNothing()
    {
        await ApplyAsync(AddRoute("one"));
        (await ApplyAsync(config => config)).ShouldBeOfType<EditResult.Unchanged>();
        (await HeadAsync()).Number.ShouldBe(1);
    }

    // Pools as people make them, not by name, and a form's empty lists.
    [Fact]
    public async Task Apply_ExportThatNobodyTouched_IsUnchangedAndStoresNothing()
    {
        var empty = System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(Array.Empty<string>());
        foreach (var pool in new[] { "b", "c", "a" })
            await ApplyAsync(config => config with { UpstreamPools = [.. config.UpstreamPools, Configs.Pool(pool, "http://127.0.0.1:1")] });
        var route = Configs.Proxy("one", pool: "b") with { WebSocket = new() { AllowedOrigins = empty } };
        await ApplyAsync(config => config with { Routes = [route] });
        var head = await HeadAsync();
        var control = new Web.Control.ControlApi(_node.Store, _node.EditorBeside(null), _node.Accounts, null);
        var export = await control.ExportAsync(CancellationToken.None);
        export.ShouldNotContain("webSocket");
        var document = System.Text.Encoding.UTF8.GetBytes(export);
        foreach (var dryRun in new[] { true, false })
        {
            var answer = await control.ApplyAsync(document, dryRun, "someone", "", CancellationToken.None);
            (answer.ExitCode, answer.Summary).ShouldBe((0, $"Nothing differs from revision {head.Number}."));
        }

        (await HeadAsync()).Number.ShouldBe(head.Number);
    }

    [Fact]
    public async Task Apply_SeenIsOlderThanHead_IsStaleAndStoresNothing()
    {
        await ApplyAsync(AddRoute("one"));
        await ApplyAsync(AddRoute("two"));
        (await ApplyAsync(AddRoute("three"), seen: 1)).ShouldBeOfType<EditResult.Stale>().Head.Number.ShouldBe(2);
        (await HeadAsync()).Config.Routes.Select(route => route.Name).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Apply_DanglingPool_IsRejectedAndStoresNothing()
    {
        var result = await ApplyAsync(config => config with { Routes = [Configs.Proxy("one", pool: "missing")] });
        result.ShouldBeOfType<EditResult.Rejected>().Problems.ShouldNotBeEmpty();
        (await HeadAsync()).Number.ShouldBe(0);
    }

    [Fact]
    public async Task Apply_DryRun_TellsAndStoresNothing()
    {
        (await ApplyAsync(AddRoute("one"), dryRun: true)).ShouldBeOfType<EditResult.WouldSave>().Diff.Changes.Length.ShouldBe(1);
        (await HeadAsync()).Number.ShouldBe(0);
        (await _node.Store.ListRevisionsAsync(10, CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Apply_SomebodyFaster_IsRepeatedTwiceThenStale(int times, bool saved)
    {
        var left = times;
        var result = await ApplyAsync(config =>
        {
            // Between the editor's read and its commit. The edit is synchronous and the store is asynchronous, so this runs on a thread of
            // its own.
            if (left-- > 0)
                Task.Run(() => ApplyAsync(AddRoute($"faster-{left}"))).GetAwaiter().GetResult();
            return AddRoute("mine")(config);
        });
        (result is EditResult.Saved).ShouldBe(saved);
        (result is EditResult.Stale).ShouldBe(!saved);
        (await HeadAsync()).Config.Routes.Length.ShouldBe(times + (saved ? 1 : 0));
    }

    [Fact]
    public async Task Apply_ManyAtOnce_EveryAnswerIsTrue()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(index => Task.Run(() => ApplyAsync(AddRoute($"r{index}")))));
        results.ShouldAllBe(result => result is EditResult.Saved || result is EditResult.Stale);
        var saved = results.OfType<EditResult.Saved>().Select(result => result.Revision.Number).ToList();
        saved.Distinct().Count().ShouldBe(saved.Count);
        (await HeadAsync()).Config.Routes.Length.ShouldBe(saved.Count);
    }

    private static Func<ProxyConfig, ProxyConfig> AddRoute(string name) =>
        config =>
            config with
            {
                Routes = config.Routes.Add(
                    new()
                    {
                        Name = name,
                        Path = "/" + name,
                        Action = new RouteAction.Respond(),
                    }
                ),
            };

    private Task<EditResult> ApplyAsync(Func<ProxyConfig, ProxyConfig> edit, long? seen = null, bool dryRun = false) =>
        _node.EditorBeside(null).ApplyAsync(edit, seen, _someone, dryRun, CancellationToken.None);

    private ValueTask<ConfigRevision> HeadAsync() => _node.Store.ReadHeadAsync(CancellationToken.None);
}

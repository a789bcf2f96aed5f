using System.Runtime.CompilerServices;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Testing;
using Appliance.Web.Certificates;
using Appliance.Web.Connections;
using Appliance.Web.Dashboard;
using Appliance.Web.Hosting;
using Appliance.Web.Live;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Web.Tests.Live;

/// <summary>
/// What is made once a second is let go when the next one has taken its place: one that is kept each second fills a machine in a day.
/// </summary>
public sealed class OldViewsTests : IAsyncLifetime
{
    private const int Ticks = 12;
    private static readonly CancellationToken _none = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-views-").FullName;
    private Node _node = null!; // InitializeAsync runs before each test
    private ProxyUnderTest _proxy = null!;
    private ConsoleFeed _feed = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, _none);
        await SaveAsync(0);
        _proxy = await ProxyUnderTest.StartAsync(
            new() { Routes = [Configs.Proxy("r", pool: "p")], UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")] }
        );
        _feed = new(_node.Store, _node.Certificates, _proxy.Host, TimeProvider.System, NullLogger<ConsoleFeed>.Instance);
    }

    public async Task DisposeAsync()
    {
        _feed.Dispose();
        await _proxy.DisposeAsync();
        _node.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Refresh_AgainAndAgain_OnlyTheNewestViewsAreKept(bool isLookedAt, bool isEdited)
    {
        _proxy.Host.Drains.Start(
            new()
            {
                Target = new(DrainKind.Route, Guid.NewGuid()),
                Name = "route r",
                By = "ann",
            }
        );
        await using var page = isLookedAt ? await OpenPage.OpenAsync(_feed) : null;
        var made = new List<WeakReference>();
        for (var tick = 0; tick < Ticks; tick++)
        {
            if (isEdited)
                await SaveAsync(tick + 1);
            await _feed.RefreshAsync(_none);
            if (isLookedAt)
                LookAtAll(_feed);
            made.Add(Newest(_feed));
        }

        if (page is not null)
            await page.DrawnAsync();
        await GoneAsync(made, "views of the console");
    }

    [Fact]
    public async Task Sample_SecondBySecond_OnlyTheNewestReadingsAreKept()
    {
        var traffic = new List<WeakReference>();
        var servers = new List<WeakReference>();
        for (var tick = 0; tick < 4; tick++)
        {
            var before = (Id(_proxy.Host.View), Id(_proxy.Host.Upstreams));
            await Eventually.TrueAsync(
                () => Task.FromResult(Id(_proxy.Host.View) != before.Item1 && Id(_proxy.Host.Upstreams) != before.Item2),
                "a second is over"
            );
            Keep(traffic, servers);
        }

        await GoneAsync(traffic, "readings of the traffic");
        await GoneAsync(servers, "readings of the servers");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Id(object reading) => RuntimeHelpers.GetHashCode(reading);

        [MethodImpl(MethodImplOptions.NoInlining)]
        void Keep(List<WeakReference> traffic, List<WeakReference> servers)
        {
            traffic.Add(new(_proxy.Host.View));
            servers.Add(new(_proxy.Host.Upstreams));
        }
    }

    [Fact]
    public async Task Apply_AgainAndAgain_ConfigsThatWereReplacedAreNotKept()
    {
        var routes = new List<WeakReference>();
        for (var revision = 0; revision < 8; revision++)
            routes.Add(await ApplyAsync($"r{revision}"));
        await GoneAsync(routes, "routes that were deleted");

        async Task<WeakReference> ApplyAsync(string name)
        {
            var config = Configs.All("http://127.0.0.1:1") with { Routes = [Configs.Proxy(name, "/" + name)] };
            (await _proxy.ApplyAsync(config)).Problems.ShouldBeEmpty();
            (await RawHttp.GetAsync(_proxy.Port, "/" + name)).Status.ShouldBe(502);
            return new(config.Routes[0]);
        }
    }

    [Fact]
    public async Task KeptConnections_OfRoutesThatWereDeleted_DoNotKeepTheRoutes()
    {
        // Each route opens a connection to another server, and the pools stay.
        var servers = Enumerable.Range(0, 6).Select(_ => new RecordingBackend()).ToList();
        ProxyConfig pools = new() { UpstreamPools = [.. servers.Select((server, number) => Configs.Pool($"p{number}", server.Address))] };
        try
        {
            var routes = new List<WeakReference>();
            for (var at = 0; at < servers.Count; at++)
                routes.Add(await CarryAsync(at));
            servers.ShouldAllBe(server => server.Requests.Count == 1);
            await GoneAsync(routes, "routes that were deleted");
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }

        async Task<WeakReference> CarryAsync(int at)
        {
            var config = pools with { Routes = [Configs.Proxy($"r{at}", $"/{at}", pool: $"p{at}")] };
            (await _proxy.ApplyAsync(config)).Problems.ShouldBeEmpty();
            (await RawHttp.GetAsync(_proxy.Port, $"/{at}")).Status.ShouldBe(200);
            return new(config.Routes[0]);
        }
    }

    // The newest one is shown, and the one before may still be on its way to a page.
    private static async Task GoneAsync(List<WeakReference> made, string what)
    {
        await Eventually.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return Task.FromResult(made.Count(one => one.IsAlive) <= 2);
            },
            $"at most 2 of {made.Count} {what} are left; {made.Count(one => one.IsAlive)} were",
            TimeSpan.FromSeconds(10)
        );
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Newest(ConsoleFeed feed) => new(feed.Current);

    // Everything that is worked out when somebody first asks.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LookAtAll(ConsoleFeed feed)
    {
        var view = feed.Current;
        view.Once(DashboardFigures.Of).ShouldNotBeNull();
        view.SocketsByServer.Value.ShouldBeEmpty();
        view.Ended.Value.ShouldBeEmpty();
        view.Drains.Value.ShouldHaveSingleItem();
        view.Once(OpenConnections.Of).Page(new ConnectionQuery()).ShouldNotBeNull();
        view.CertificateNotices.IsDefault.ShouldBeFalse();
        view.FailingServers.ShouldBe(0);
    }

    private async Task SaveAsync(long head) =>
        (
            await _node
                .EditorBeside(null)
                .ApplyAsync(
                    _ =>
                        new()
                        {
                            Routes = [Configs.Proxy($"r{head}", pool: "p")],
                            UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")],
                        },
                    head,
                    new(Actor.Local("ann"), "", "apply"),
                    dryRun: false,
                    _none
                )
        ).ShouldNotBeNull();
}

/// <summary>A page that shows what views have, drawn as a browser's would be.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly HtmlRenderer _renderer;

    private OpenPage(ServiceProvider services)
    {
        _services = services;
        _renderer = new(services, NullLoggerFactory.Instance);
    }

    public static async Task<OpenPage> OpenAsync(ConsoleFeed feed)
    {
        var page = new OpenPage(
            new ServiceCollection()
                .AddSingleton(feed)
                .AddSingleton<TabState>()
                .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
                .BuildServiceProvider()
        );
        await page._renderer.Dispatcher.InvokeAsync(() => page._renderer.RenderComponentAsync<Shown>());
        return page;
    }

    /// <summary>What was asked of its thread until now has been done.</summary>
    public Task DrawnAsync() => _renderer.Dispatcher.InvokeAsync(() => { });

    public async ValueTask DisposeAsync()
    {
        await _renderer.DisposeAsync();
        await _services.DisposeAsync();
    }

    private sealed class Shown : LivePage
    {
        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.AddContent(0, View.At.ToString("O"));
            builder.AddContent(1, View.Once(DashboardFigures.Of).ToString());
            builder.AddContent(2, View.Drains.Value.Count);
        }
    }
}

using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Appliance.Data;
using Appliance.Data.Figures;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Traffic;
using Appliance.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Trends;

/// <summary>The past as the dashboard, a route and a pool show it.</summary>
public sealed class TrendPagesTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Dashboard_OfARange_HasChartsHoverMarksAndATable()
    {
        await using var backend = new RecordingBackend();
        await PrepareAsync(backend.Address);
        var page = await console.OpenAsync("/");

        // 1. The live charts, until a range is chosen; the choice stands in the address.
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { Name = "Requests per second by status" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Range of the charts" }).GetByText("24 h").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/?range=24h");
        var plot = page.GetByRole(AriaRole.Img, new() { Name = "Requests in 5 min by status" });
        await Assertions.Expect(plot).ToBeVisibleAsync();
        var choice = page.Locator(".ranges a[aria-current=true]");
        await Assertions.Expect(choice).ToHaveTextAsync("24 h");

        // 2. The revisions of that time, with author, and the way to them.
        var mark = page.Locator(".marks a").First;
        await Assertions.Expect(mark).ToHaveAttributeAsync("href", new Regex("^/history/\\d+$"));
        await Assertions.Expect(mark).ToHaveAttributeAsync("title", new Regex("Revision \\d+ by root \\(command line\\)"));

        await Assertions.Expect(mark).ToHaveAttributeAsync("style", new Regex("^left: 7\\d"));

        // 3. By keyboard: the values of that moment, and what was not known.
        var chart = page.Locator(".chart", new() { Has = plot });
        await plot.FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Assertions
            .Expect(chart.Locator(".readout"))
            .ToHaveTextAsync(new Regex("\\d\\d:\\d\\d.* to \\d\\d:\\d\\d.*: 2xx \\d+, 3xx 10, 4xx 5, 5xx \\d+"));
        await page.Keyboard.PressAsync("Home");
        await Assertions.Expect(chart.Locator(".readout")).ToContainTextAsync("not known, no figures were kept");
        await page.Keyboard.PressAsync("Escape");

        // 4. By pointer.
        await plot.HoverAsync(
            new()
            {
                Position = new() { X = 120, Y = 40 },
            }
        );
        await Assertions.Expect(chart.Locator(".readout")).ToContainTextAsync("2xx");

        // 5. As a table.
        await page.GetByText("As a table").ClickAsync();
        await Assertions.Expect(page.Locator(".trend-rows tbody tr")).ToHaveCountAsync(25);
        await Assertions.Expect(page.Locator(".trend-rows tbody")).ToContainTextAsync("not known: no figures were kept");

        // 6. A month, and the way back.
        await page.GotoAsync(console.Url + "/?range=31d");
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { Name = "Requests in 3 h by status" })).ToBeVisibleAsync();
        await page.GotoAsync(console.Url + "/?range=nonsense");
        await Assertions.Expect(choice).ToHaveTextAsync("15 min");
    }

    [BrowserFact]
    public async Task Dashboard_SmallSite_SaysCountsAndNoFlippingShares()
    {
        await using var backend = new RecordingBackend();
        var config = await PrepareAsync(backend.Address);
        var page = await console.OpenAsync("/");
        for (var request = 0; request < 3; request++)
            await RawHttp.GetAsync(console.Process.HttpPort, "/shop/", "shop.example.com");
        await RawHttp.GetAsync(console.Process.HttpPort, "/dead/", "shop.example.com");
        var figures = page.GetByRole(AriaRole.Region, new() { Name = "Figures" });
        await Assertions.Expect(figures).ToContainTextAsync(new Regex("\\d+ in the last minute"));
        await Assertions.Expect(figures).ToContainTextAsync(new Regex("[1-9]\\d* of \\d+"));
        await Assertions.Expect(page.Locator(".totals")).ToContainTextAsync(new Regex("Today [\\d\u202f]+ requests"));
        await Assertions.Expect(page.Locator(".totals")).ToContainTextAsync("Since the start");

        // A route's own page, beside its form.
        await page.GetByRole(AriaRole.Link, new() { Name = "dead", Exact = true }).First.ClickAsync();
        var side = page.GetByRole(AriaRole.Region, new() { Name = "Figures of this route" });
        await Assertions.Expect(side).ToContainTextAsync(new Regex("Errors \\(5xx\\)\\s*1 of 1 in the last 5 min"));
        await Assertions.Expect(side).ToContainTextAsync("http://127.0.0.1:1");

        // A pool's servers have figures of their own, each failure as a try.
        var back = page.Url;
        await side.GetByRole(AriaRole.Link, new() { Name = "dead", Exact = true }).ClickAsync();
        var pool = page.GetByRole(AriaRole.Region, new() { Name = "Figures of this pool" });
        await pool.GetByRole(AriaRole.Link, new() { Name = "http://127.0.0.1:2", Exact = true }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("server=http"));
        await Assertions.Expect(pool).ToContainTextAsync(new Regex("Errors \\(5xx\\)\\s*1 of 1 in the last 5 min"));
        await page.GotoAsync(back);

        // A draft survives the choice of a range.
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("renamed");
        await side.GetByText("7 d").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("range=7d$"));
        await Assertions.Expect(side.GetByRole(AriaRole.Img, new() { Name = "Requests in 1 h by status" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("renamed");
        config.Routes.Length.ShouldBe(2);
    }

    [BrowserFact]
    public async Task Pages_InEveryLook_HaveNoFindings()
    {
        await using var backend = new RecordingBackend();
        var config = await PrepareAsync(backend.Address);
        for (var request = 0; request < 20; request++)
            await RawHttp.GetAsync(console.Process.HttpPort, request % 7 == 0 ? "/dead/" : "/shop/", "shop.example.com");
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/?range=24h", width, height, scheme);
            await Assertions.Expect(page.Locator(".marks a").First).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "trends", look, findings);
            await page.GetByText("As a table").ClickAsync();
            await PageLook.TakeAsync(page, "trends-table", look, findings);
            await page.GotoAsync(console.Url + $"/routes/{Shop(config.Routes).Id}");
            await Assertions.Expect(page.Locator(".trend .chart").First).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "route-figures", look, findings);
            await page.GotoAsync(console.Url + $"/pools/{Shop(config.UpstreamPools).Id}?range=7d");
            await Assertions.Expect(page.Locator(".trend .chart").First).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "pool-figures", look, findings);
        }

        findings.ShouldBeEmpty();
    }

    // A month of a shop that is asked by day, with a night without Appliance and an afternoon with errors.
    private async Task<ProxyConfig> PrepareAsync(string address)
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("shop", address), Configs.Pool("dead", "http://127.0.0.1:1", "http://127.0.0.1:2")],
                Routes =
                [
                    Configs.Proxy("shop", "/shop/", "shop") with
                    {
                        Hosts = ["shop.example.com"],
                    },
                    Configs.Proxy("dead", "/dead/", "dead") with
                    {
                        Hosts = ["shop.example.com"],
                    },
                ],
            }
        );
        using var store = new ConfigStore(new ContextFactory(Path.Combine(console.Process.Data, "appliance.db")), TimeProvider.System);
        var config = (await store.ReadHeadAsync(CancellationToken.None)).Config;
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60;
        var file = new FigureFile(Path.Combine(console.Process.Data, "figures.db"));
        if (file.Read(FigureItem.Total, FigureGrain.Minute, now - 1200, now).Sum().Requests > 10_000)
            return config;
        var minutes = new List<FigureMinute>();
        for (var ago = 20 * 60; ago > 0; ago--)
        {
            if (ago is > 700 and < 800)
                continue;
            var point = PointOf(now, ago);
            minutes.Add(
                new(
                    now - ago,
                    [
                        new(FigureItem.Total, point),
                        new(FigureItem.Of(Shop(config.Routes).Id), point),
                        new(FigureItem.Of(Shop(config.UpstreamPools).Id), point),
                    ]
                )
            );
        }

        file.Write(minutes, now, sweeps: false);

        // The first revision went live five hours ago.
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(console.Process.Data, "appliance.db")};Pooling=False"
        );
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE Revisions SET CreatedUtc = strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 hours') WHERE Id = 1";
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
        return config;
    }

    private static T Shop<T>(ImmutableArray<T> items)
        where T : ConfigItem => items.Single(item => item.Name == "shop");

    private static FigurePoint PointOf(long now, int ago)
    {
        var wave = 30 + (25 * Math.Sin((now - ago) / 180.0)) + ((now - ago) % 7 * 3);
        var histogram = new LatencyHistogram();
        for (var request = 0; request < 20; request++)
            histogram.Add(TimeSpan.FromMilliseconds(4 + (request * wave / 20)));
        var counts = new uint[LatencyHistogram.Buckets];
        histogram.CopyTo(counts);
        return new()
        {
            Success = (long)wave,
            Redirection = 2,
            ClientErrors = 1,
            ServerErrors = ago is > 100 and < 160 ? 6 : 0,
            BytesIn = 4_000,
            BytesOut = (long)wave * 20_000,
            MostSockets = 12 + ((now - ago) / 60 % 5),
            SocketsOpened = 1,
            SocketBytes = 50_000,
            Messages = 40,
            Latencies = LatencyCounts.Of(counts),
        };
    }
}

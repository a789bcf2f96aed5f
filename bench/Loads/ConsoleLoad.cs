using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;
using Microsoft.Playwright;

namespace Appliance.Bench.Loads;

/// <summary>
/// What the console costs the proxy, and how long people wait for it: dashboards in a real browser over a product that carries WebSockets
/// on twenty of its routes, and the list of routes.
/// </summary>
internal static class ConsoleLoad
{
    internal const string User = "bench";
    internal const string Password = "correct horse battery";
    private const int BusyRoutes = 20;
    private const int Tries = 9;

    // The seconds in which something on the page was drawn again: a dashboard that the browser is too busy for costs nothing, and proves
    // nothing.
    private const string CountDrawings = """
        () => {
          window.drawn = new Set();
          window.began = performance.now();
          new MutationObserver(() => drawn.add(Math.floor(performance.now() / 1000)))
            .observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
        }
        """;

    private static readonly TimeSpan _window = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Prints the share of a core that <paramref name="dashboards"/> open dashboards cost, above what the proxy needs without them.
    /// </summary>
    public static async Task DashboardsAsync(int routes, int sockets, int dashboards, string dll, CancellationToken cancellationToken)
    {
        await using var back = await PeerCommands.BackendAsync(cancellationToken);
        var (peer, console) = await StartAsync(routes, back.Port, dll, cancellationToken);
        await using var product = peer;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = await OpenAsync(peer, sockets, cancellationToken);

        // On each of the busy routes ten messages a second and a few requests, so that every row that is shown changes with every second.
        var talking = Task.WhenAll([
            .. open.Take(10 * BusyRoutes).Select(socket => TalkAsync(socket, stop.Token)),
            .. Enumerable.Range(0, BusyRoutes).Select(route => AskAsync(peer.Port, route, stop.Token)),
        ]);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var context = await browser.NewContextAsync();
        await SignInAsync(context, console);
        for (var page = 0; page < dashboards; page++)
        {
            var dashboard = await context.NewPageAsync();
            await dashboard.GotoAsync(console);
            await dashboard.GetByRole(AriaRole.Heading, new() { Name = "Servers now" }).WaitForAsync();
        }

        var (with, without, drawn) = await SharesAsync(context, peer, cancellationToken);
        await stop.CancelAsync();
        await talking;
        open.ForEach(socket => socket.Dispose());
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {routes, 6} routes, {sockets} sockets: {dashboards} dashboards {(with - without) * 100:0.0} % of a core (the proxy {without * 100:0.0} % without, {with * 100:0.0} % with them), each drawn {Median.Of(drawn):0.0} times a second (least {drawn.Min():0.0})"
            )
        );
    }

    /// <summary>
    /// Prints the share of a core that <paramref name="viewers"/> open tables of connections cost, above what the proxy needs without them.
    /// A fifth of them looks at the same; the others search, filter and sort in their own ways, and every thirteenth socket carries a
    /// message a second, on every route.
    /// </summary>
    public static async Task ConnectionsAsync(int sockets, int viewers, string dll, CancellationToken cancellationToken)
    {
        string[] views =
        [
            "connections",
            "connections?sort=idle",
            "connections?sort=-bytes&q=host-1",
            "connections?route=route-3",
            "connections?sort=-messages",
        ];
        await using var back = await PeerCommands.BackendAsync(cancellationToken);
        var (peer, console) = await StartAsync(BusyRoutes, back.Port, dll, cancellationToken);
        await using var product = peer;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = await OpenAsync(peer, sockets, cancellationToken);

        var talking = Task.WhenAll(open.Where((_, index) => index % 13 == 0).Select(socket => TalkAsync(socket, stop.Token)));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var context = await browser.NewContextAsync();
        await SignInAsync(context, console);
        for (var page = 0; page < viewers; page++)
        {
            var table = await context.NewPageAsync();
            await table.GotoAsync(console + views[page % views.Length]);
            await table.Locator("main tbody tr").First.WaitForAsync();
        }

        var (with, without, drawn) = await SharesAsync(context, peer, cancellationToken);
        await stop.CancelAsync();
        await talking;
        open.ForEach(socket => socket.Dispose());
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {sockets:N0} sockets: {viewers} tables of connections {(with - without) * 100:0.0} % of a core (the proxy {without * 100:0.0} % without, {with * 100:0.0} % with them), each drawn {Median.Of(drawn):0.0} times a second (least {drawn.Min():0.0})"
            )
        );
    }

    /// <summary>
    /// Prints how long the first page of the list and an answer of its search take, from the click or the key to the rows in a browser.
    /// </summary>
    public static async Task ListAsync(int routes, string dll, CancellationToken cancellationToken)
    {
        var (peer, console) = await StartAsync(routes, 1, dll, cancellationToken);
        await using var product = peer;
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var context = await browser.NewContextAsync();
        await SignInAsync(context, console);
        var page = await context.NewPageAsync();
        await page.GotoAsync(console);
        var lists = new List<double>();
        var searches = new List<double>();
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            await page.GetByRole(AriaRole.Link, new() { Name = "Dashboard" }).ClickAsync();
            await page.GetByRole(AriaRole.Heading, new() { Name = "Servers now" }).WaitForAsync();
            lists.Add(
                await TimeAsync(
                    page,
                    "() => [...document.querySelectorAll('nav a')].find(a => a.textContent.trim() === 'Routes').click()",
                    "main tbody tr",
                    50
                )
            );
            var host = routes - 1 - attempt;
            searches.Add(
                await TimeAsync(
                    page,
                    $"() => {{ const field = document.querySelector('main input[type=search], main .search input'); field.value = 'host-{host}.'; field.dispatchEvent(new Event('input', {{ bubbles: true }})); }}",
                    $"main tbody tr a:text-is(\"route-{host}\")",
                    1
                )
            );
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {routes, 6} routes: first page of the list {Median.Of(lists):0} ms (worst {lists.Max():0}), search {Median.Of(searches):0} ms (worst {searches.Max():0})"
            )
        );
    }

    private static async Task<double> TimeAsync(IPage page, string act, string rows, int count)
    {
        var started = Stopwatch.GetTimestamp();
        await page.EvaluateAsync(act);
        await page.Locator(rows).Nth(count - 1).WaitForAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<List<RawWebSocket>> OpenAsync(Peer peer, int sockets, CancellationToken cancellationToken)
    {
        var open = new List<RawWebSocket>();
        for (var index = 0; index < sockets; index++)
        {
            var socket = new RawWebSocket();
            await socket.OpenAsync(peer.Port, cancellationToken, $"host-{index % BusyRoutes}.example.com");
            open.Add(socket);
        }

        return open;
    }

    // The share of a core with the pages and without them, and how often a second each was drawn. Without them afterwards: both times
    // everything is warm.
    private static async Task<(double With, double Without, List<double> Drawn)> SharesAsync(
        IBrowserContext context,
        Peer peer,
        CancellationToken cancellationToken
    )
    {
        await Task.Delay(_window / 2, cancellationToken);
        foreach (var page in context.Pages)
            await page.EvaluateAsync(CountDrawings);
        var with = await ShareAsync(peer, cancellationToken);
        var drawn = new List<double>();
        foreach (var page in context.Pages)
            drawn.Add(await page.EvaluateAsync<int>("drawn.size") / await page.EvaluateAsync<double>("(performance.now() - began) / 1000"));
        foreach (var page in context.Pages)
            await page.GotoAsync("about:blank");
        await Task.Delay(_window / 2, cancellationToken);
        return (with, await ShareAsync(peer, cancellationToken), drawn);
    }

    private static async Task<double> ShareAsync(Peer peer, CancellationToken cancellationToken)
    {
        var (cpu, started) = (ProcessFigures.CpuSeconds(peer.Pid), Stopwatch.GetTimestamp());
        await Task.Delay(_window, cancellationToken);
        return (ProcessFigures.CpuSeconds(peer.Pid) - cpu) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task TalkAsync(RawWebSocket socket, CancellationToken stop)
    {
        var frame = RawWebSocket.Frame(128);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await second.WaitForNextTickAsync(stop))
                await socket.RoundTripAsync(frame, stop);
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private static async Task AskAsync(int port, int route, CancellationToken stop)
    {
        using var client = new HttpClient();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(300 + (20 * route)));
        try
        {
            while (await pace.WaitForNextTickAsync(stop))
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/small");
                request.Headers.Host = $"host-{route}.example.com";
                using var answer = await client.SendAsync(request, stop);
                answer.EnsureSuccessStatusCode();
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    private static async Task<(Peer Peer, string Console)> StartAsync(
        int routes,
        int backend,
        string dll,
        CancellationToken cancellationToken
    )
    {
        var (port, console) = (Peer.FreePort(), Peer.FreePort());
        var peer = await PeerCommands.ApplianceAsync(
            dll,
            port,
            console,
            new() { ["APPLIANCE_ADMIN_USER"] = User, ["APPLIANCE_ADMIN_PASSWORD"] = Password },
            cancellationToken
        );
        await PeerCommands.ApplyAsync(
            dll,
            peer,
            JsonSerializer.Serialize(
                new
                {
                    routes = Enumerable
                        .Range(0, routes)
                        .Select(host => new
                        {
                            name = $"route-{host}",
                            hosts = new[] { $"host-{host}.example.com" },
                            action = new { kind = "proxy", pool = $"pool-{host / 10}" },
                        }),
                    upstreamPools = Enumerable
                        .Range(0, (routes + 9) / 10)
                        .Select(pool => new { name = $"pool-{pool}", servers = new[] { new { address = $"http://127.0.0.1:{backend}" } } }),
                }
            ),
            cancellationToken
        );
        return (peer, $"http://localhost:{console}/");
    }

    internal static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = "/usr/bin/chromium-headless-shell",
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--disable-background-networking",
                    "--disable-component-update",
                ],
            }
        );

    internal static async Task SignInAsync(IBrowserContext context, string console)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(console + "sign-in");
        await page.GetByLabel("User name").FillAsync(User);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        await page.CloseAsync();
    }
}

using System.Net;
using System.Net.WebSockets;
using Appliance.Proxy.Config;
using Appliance.Proxy.Headers;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Frame;

/// <summary>
/// Every page as a whole: accessible in both themes, whole on a narrow screen, small on the wire. Also takes the pictures of the docs.
/// </summary>
public sealed class PagesTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Pages_BothThemesWideAndNarrow_HaveNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var api = new RecordingBackend();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools =
                [
                    Configs.Pool("chat", backend.Address, $"http://127.0.0.1:{FreePorts.Next()}"),
                    Configs.Pool("api", api.Address),
                ],
                HeaderMaps =
                [
                    new()
                    {
                        Name = "$connection_upgrade",
                        Source = "$http_upgrade",
                        Default = "upgrade",
                        Rows = [new() { Pattern = "", Value = "close" }],
                    },
                ],
                Routes =
                [
                    Configs.Proxy("chat", "/chat", "chat") with
                    {
                        RequestHeaders = [new HeaderRule { Name = "X-Connection", Value = "$connection_upgrade" }],
                    },
                    Configs.Proxy("api", "/api/", "api") with
                    {
                        Hosts = ["api.example.com"],
                        Tags = ["public"],
                    },
                ],
            }
        );
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://127.0.0.1:{console.Process.HttpPort}/chat"), CancellationToken.None);
        var config = ConfigDocument
            .Parse(System.Text.Encoding.UTF8.GetBytes((await console.Process.RunAsync("export")).Output))
            .Document!.Config;
        config.Routes.Length.ShouldBe(2);
        if (PageLook.TakesPictures)
            await TrafficAsync(socket, TimeSpan.FromMinutes(3));
        var findings = new List<string>();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (var width in new[] { 1280, 390 })
            {
                var page = await console.OpenAsync("/", width, width == 390 ? 844 : 800, scheme);
                var look = $"{(width == 390 ? "narrow" : "wide")}-{scheme.ToString().ToLowerInvariant()}";
                await Assertions.Expect(page.Locator("section.half td[data-label=Sockets]").First).ToHaveTextAsync("1");
                await PageLook.TakeAsync(page, "dashboard", look, findings, texts: true);
                foreach (
                    var (name, path, ready) in new[]
                    {
                        ("routes", "/routes", "Add route"),
                        ("pools", "/pools", "Add pool"),
                        ("maps", "/maps", "Add header map"),
                        ("connections", "/connections", "1 open WebSocket"),
                        ("history", "/history", "Revision"),
                        ("revision", "/history/1", "What changed"),
                        ("compare", "/history/compare?to=1", "From revision"),
                        ("route-new", "/routes/new", "Save route"),
                        ("not-found", "/nowhere", "nothing here"),
                    }
                )
                {
                    await page.GotoAsync(console.Url + path);
                    await Assertions.Expect(page.Locator("main").GetByText(ready).First).ToBeVisibleAsync();
                    await PageLook.TakeAsync(page, name, look, findings, texts: true);
                }

                foreach (
                    var (name, list, link) in new[]
                    {
                        ("route", "/routes", "chat"),
                        ("pool", "/pools", "chat"),
                        ("map", "/maps", "$connection_upgrade"),
                    }
                )
                {
                    await page.GotoAsync(console.Url + list);
                    await page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).ClickAsync();
                    await Assertions.Expect(page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Save" })).ToBeVisibleAsync();
                    await PageLook.TakeAsync(page, name, look, findings);
                }

                await page.GotoAsync(console.Url + "/pools");
                await page.GetByRole(AriaRole.Button, new() { Name = "Delete chat" }).ClickAsync();
                await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
                await PageLook.TakeAsync(page, "delete", look, findings);
                await page.GotoAsync(console.Url + "/account");
                await PageLook.TakeAsync(page, "account", look, findings);
                await page.Context.ClearCookiesAsync();
                await page.GotoAsync(console.Url + "/sign-in");
                await PageLook.TakeAsync(page, "sign-in", look, findings);
            }
        }

        findings.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Chart_ArrowKeys_SayTheValuesOfThePast()
    {
        await console.ApplyAsync(Configs.All("http://127.0.0.1:1"));
        var page = await console.OpenAsync("/");
        var plot = page.GetByRole(AriaRole.Img, new() { Name = "WebSockets, last 15 minutes" });
        await Assertions.Expect(plot.Locator("path[data-values*=';']").First).ToBeAttachedAsync();
        await plot.FocusAsync();
        var readout = page.Locator(".chart", new() { Has = plot }).Locator(".readout");
        await Assertions.Expect(readout).ToContainTextAsync("now: open ");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(readout).ToContainTextAsync("5 s ago: open ");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(readout).ToHaveTextAsync("");
    }

    [BrowserFact]
    public async Task Theme_Switch_StaysAfterAReload()
    {
        var page = await console.OpenAsync("/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch between light and dark" }).ClickAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }

    [BrowserTheory]
    [InlineData("/nowhere")]
    [InlineData("/routes/nowhere?x=1")]
    [InlineData("/nowhere.html")]
    public async Task UnknownAddress_SignedIn_Is404WithAPageAtTheAddress(string path)
    {
        var page = await console.OpenAsync("/");
        var answer = await page.GotoAsync(console.Url + path);
        answer.ShouldNotBeNull().Status.ShouldBe(404);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
        page.Url.ShouldBe(console.Url + path);
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to the dashboard" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task UnknownAddress_Stranger_IsSentToSignInAndProgramsGet404()
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var asks = new HttpRequestMessage(HttpMethod.Get, console.Url + "/nowhere") { Headers = { { "Accept", "text/html" } } };
        using var page = await client.SendAsync(asks);
        page.StatusCode.ShouldBe(HttpStatusCode.Found);
        page.Headers.Location.ShouldNotBeNull().OriginalString.ShouldBe("/sign-in?to=%2Fnowhere");
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using var other = new HttpRequestMessage(method, console.Url + "/nowhere");
            using var answer = await client.SendAsync(other);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [BrowserFact]
    public async Task Drawer_OnANarrowScreen_OpensAndLeads()
    {
        var page = await console.OpenAsync("/", 390, 844);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Routes", Exact = true })).ToBeHiddenAsync();
        await page.Locator(".drawer-open").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Routes", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Routes", Exact = true })).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task FirstLoad_EverythingOverTheWire_IsOwnSmallAndKept()
    {
        var page = await console.OpenAsync("/");
        var hosts = new HashSet<string>();
        var asked = new List<string>();
        page.Request += (_, request) =>
        {
            hosts.Add(new Uri(request.Url).Authority);
            asked.Add(request.Url);
        };
        page.WebSocket += (_, socket) => asked.Add(socket.Url);
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("Network.enable");
        var bytes = 0.0;
        session.Event("Network.loadingFinished").OnEvent += (_, data) => bytes += data?.GetProperty("encodedDataLength").GetDouble() ?? 0;
        await session.SendAsync("Network.clearBrowserCache");
        await page.GotoAsync(console.Url + "/");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        bytes.ShouldBeInRange(20_000, 200_000);
        asked.Count.ShouldBeLessThanOrEqualTo(10, string.Join('\n', asked));
        hosts.ShouldBe([new Uri(console.Url).Authority]);

        // What has been loaded once stays in the browser; the document is new each time.
        bytes = 0;
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page.Locator("main h1, main .empty").First).ToBeVisibleAsync();
        bytes.ShouldBeInRange(1, 12_000);
    }

    [BrowserFact]
    public async Task FirstPaint_BeforeTheScriptsAreThere_ShowsTheFrame()
    {
        var page = await console.OpenAsync("/");
        var scripts = new TaskCompletionSource();
        await page.RouteAsync("**/blazor.web*.js", async route =>
        {
            await scripts.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(console.Url + "/", new() { WaitUntil = WaitUntilState.Commit });
        await Assertions.Expect(page.Locator(".first-bar")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Connecting to the console…")).ToBeVisibleAsync();
        scripts.SetResult();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".first-bar")).ToBeHiddenAsync();
    }

    // So that the pictures show what a running proxy looks like.
    private async Task TrafficAsync(ClientWebSocket socket, TimeSpan duration)
    {
        using var client = new HttpClient();
        var buffer = new byte[1024];
        var end = DateTimeOffset.UtcNow + duration;
        for (var turn = 0; DateTimeOffset.UtcNow < end; turn++)
        {
            var burst = 2 + (int)(8 * (1 + Math.Sin(turn / 20.0)));
            for (var index = 0; index < burst; index++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, console.ProxyUrl + (index == 9 ? "/nobody" : "/api/items"))
                {
                    Headers = { Host = "api.example.com" },
                };
                using var answer = await client.SendAsync(request);
                await socket.SendAsync(buffer.AsMemory(0, 20), WebSocketMessageType.Binary, true, CancellationToken.None);
                await socket.ReceiveAsync(buffer, CancellationToken.None);
            }

            await Task.Delay(200);
        }
    }
}

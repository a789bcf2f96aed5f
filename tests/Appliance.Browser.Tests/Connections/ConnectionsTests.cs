using System.Net.WebSockets;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

[Collection(ConnectionsConsole.Name)]
public sealed class ConnectionsTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Table_OpenSockets_AreLiveSearchedSortedAndClosed()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("echo", backend.Address)],
                Routes = [Configs.Proxy("alpha", "/alpha", "echo"), Configs.Proxy("beta", "/beta", "echo")],
            }
        );
        var page = await console.OpenAsync("/connections");
        await Assertions.Expect(page.GetByText("Nobody is connected")).ToBeVisibleAsync();
        using var alpha = await console.ConnectAsync("/alpha");
        using var beta = await console.ConnectAsync("/beta");
        var rows = page.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Assertions.Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).Locator(".count")).ToContainTextAsync("2");

        await alpha.EchoAsync("hello");
        await Assertions.Expect(rows.Filter(new() { HasText = "alpha" })).ToContainTextAsync("1 / 1");
        await Assertions.Expect(rows.Filter(new() { HasText = "alpha" })).ToContainTextAsync(backend.Address);

        // Sorted by messages, most first; searched.
        await page.GetByRole(AriaRole.Button, new() { Name = "Messages in / out" }).ClickAsync();
        await Assertions.Expect(rows.First).ToContainTextAsync("alpha");
        await page.GetByLabel("Search").FillAsync("beta");
        await Assertions.Expect(rows).ToHaveCountAsync(1);

        // Closing asks once, says what is lost, and sends a close frame.
        await page.GetByRole(AriaRole.Button, new() { Name = "Close connection" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("1 WebSocket");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Close connection" }).ClickAsync();
        var end = await beta.ReceiveAsync(new byte[100], Sockets.Limit());
        (end.MessageType, end.CloseStatus).ShouldBe((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable));
        await beta.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, Sockets.Limit());
        await page.GetByLabel("Search").FillAsync("");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await alpha.EchoAsync("still here");
    }

    [BrowserFact]
    public async Task Servers_NobodyAskedOrTheOnlyOneIsDead_AreNotUp()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("alone", $"http://127.0.0.1:{FreePorts.Next()}")],
                Routes = [Configs.Proxy("live", "/live", "alone")],
            }
        );
        var dashboard = await console.OpenAsync("/");
        var pools = await console.OpenAsync("/pools");
        await Assertions.Expect(dashboard.Locator("td[data-label=State]").First).ToHaveTextAsync("not tried yet");
        await Assertions.Expect(pools.Locator(".server-line .state").First).ToHaveTextAsync("not tried yet");
        (await RawHttp.GetAsync(console.Process.HttpPort, "/live", "a.example")).Status.ShouldBe(502);
        await Assertions.Expect(dashboard.Locator("td[data-label=State]").First).ToContainTextAsync("failing for");
        await Assertions.Expect(dashboard.Locator("td[data-label=State]").First).ToContainTextAsync("refused the connection");
        await Assertions.Expect(pools.Locator(".server-line .state").First).ToContainTextAsync("failing for");
    }

    [BrowserFact]
    public async Task Dashboard_TrafficAndADeadServer_AreShown()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("mixed", backend.Address, $"http://127.0.0.1:{FreePorts.Next()}")],
                Routes = [Configs.Proxy("live", "/live", "mixed")],
            }
        );
        var page = await console.OpenAsync("/");
        using var socket = await console.ConnectAsync("/live");
        using var second = await console.ConnectAsync("/live");
        var routes = page.Locator("section", new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Routes now" }) });
        await Assertions.Expect(routes.Locator("td[data-label=Sockets]").First).ToHaveTextAsync("2");
        await Assertions.Expect(page.Locator(".figure", new() { HasText = "WebSockets open" })).ToContainTextAsync("2");
        var servers = page.Locator("section", new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Servers now" }) });

        // Trouble stands first, in words and not in colour alone.
        await Assertions.Expect(servers.Locator("tbody tr").First).ToContainTextAsync("failing for");
        await Assertions.Expect(servers.Locator("tbody tr").Nth(1)).ToContainTextAsync("up");
        await Assertions.Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToContainTextAsync("1 failing");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Last changes" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Dashboard_OnlyServerOfAPoolIsDead_SaysThatItFailedAndWhy()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("alone", $"http://127.0.0.1:{FreePorts.Next()}")],
                Routes = [Configs.Proxy("dead", "/dead", "alone")],
            }
        );
        var page = await console.OpenAsync("/");
        using var client = new HttpClient();
        (await client.GetAsync(console.ProxyUrl + "/dead")).StatusCode.ShouldBe(System.Net.HttpStatusCode.BadGateway);
        var row = page.Locator("section", new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Servers now" }) })
            .Locator("tbody tr")
            .First;
        await Assertions.Expect(row).ToContainTextAsync("failing for");
        await Assertions.Expect(row.Locator(".why")).ToContainTextAsync("Last error");
    }
}

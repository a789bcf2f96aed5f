using System.Net.WebSockets;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

[Collection(ConnectionsConsole.Name)]
public sealed class EndedConnectionsTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Ended_ByEachOfThem_SayWhoWithWhichCodeAndWhy()
    {
        await using var backend = await BackendProcess.NodeAsync();
        var quick = Configs.Proxy("quick", "/quick", "ends");
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("ends", backend.Address)],
                Routes =
                [
                    Configs.Proxy("ends", "/ends", "ends"),
                    quick with
                    {
                        WebSocket = new WebSocketPolicy { IdleTimeout = TimeSpan.FromSeconds(1) },
                    },
                ],
            }
        );
        await using var byServer = await ClientProcess.NodeAsync(console.SocketUrl("/ends/server"));
        await byServer.SendAsync("close me");
        (await byServer.EndAsync()).ShouldBe("close 4001 as asked");
        using (var byClient = await console.ConnectAsync("/ends/client"))
            await byClient.CloseAsync(WebSocketCloseStatus.NormalClosure, "had enough", Sockets.Limit());
        (await console.ConnectAsync("/ends/cut")).Abort();
        await using var idle = await ClientProcess.PythonAsync(console.SocketUrl("/quick/idle"));
        (await idle.EndAsync()).ShouldBe("close 1001 idle timeout");

        var page = await console.OpenAsync("/connections/ended");
        await Assertions.Expect(Row(page, "as asked")).ToContainTextAsync("4001 private to the application");
        await Assertions.Expect(Row(page, "had enough")).ToContainTextAsync("1000 normal");
        await Assertions.Expect(Row(page, "had enough")).ToContainTextAsync("the client closed first");
        await Assertions.Expect(Row(page, "quick")).ToContainTextAsync("idle timeout of the route");
        await Assertions
            .Expect(page.Locator("tbody tr").Filter(new() { HasText = "1006 cut without a close frame" }).First)
            .ToBeVisibleAsync();

        // Filtered, and the filter is in the address.
        await page.GetByLabel("Ended by").SelectOptionAsync("idle");
        await page.GetByLabel("Route", new() { Exact = true }).SelectOptionAsync("quick");
        await Assertions.Expect(page.Locator(".ended tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/connections/ended?route=quick&who=idle");
        await page.Button("Clear filters").ClickAsync();
        await page.GetByLabel("Search").FillAsync("had enough");
        await Assertions.Expect(page.Locator(".ended tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator(".totals")).ToContainTextAsync("idle");
    }

    [BrowserFact]
    public async Task Refused_Handshakes_StandWithTheirReasonAndAreCounted()
    {
        await using var backend = await BackendProcess.NodeAsync();
        var closed = Configs.Proxy("closed", "/closed", "refused");
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("refused", backend.Address)],
                Routes = [closed with { WebSocket = new WebSocketPolicy { Allow = false } }],
            }
        );
        using var socket = new ClientWebSocket();
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(new(console.SocketUrl("/closed")), Sockets.Limit()));
        var page = await console.OpenAsync("/connections/refused?q=closed&by=proxy");
        var refused = page.Locator(".refusals tbody tr");
        await Assertions.Expect(refused).ToHaveCountAsync(1);
        await Assertions.Expect(refused).ToContainTextAsync("This address does not accept WebSockets.");
        await Assertions.Expect(refused).ToContainTextAsync("403");
        await page.GetByLabel("Refused by").SelectOptionAsync("server");
        await Assertions.Expect(page.GetByText("No matching refused handshakes")).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/connections/refused?q=closed&by=server");
        await page.Button("Clear filters").First.ClickAsync();
        await refused.Filter(new() { HasText = "closed" }).GetByRole(AriaRole.Link).ClickAsync();
        await Assertions
            .Expect(page.Locator("section.card").Filter(new() { HasText = "Refused handshakes" }))
            .ToContainTextAsync("no server was tried");
        await page.GotoAsync(console.Url + "/connections/refused");
        var row = page.Locator(".refused tbody tr").Filter(new() { HasText = "The route takes no WebSockets" });
        await Assertions.Expect(row).ToContainTextAsync("403");
        await Assertions.Expect(row).ToContainTextAsync("closed");
    }

    private static ILocator Row(IPage page, string text) => page.Locator(".ended tbody tr").Filter(new() { HasText = text }).First;
}

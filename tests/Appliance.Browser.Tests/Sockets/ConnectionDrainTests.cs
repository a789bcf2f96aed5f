using Appliance.Browser.Tests.Connections;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Sockets;

/// <summary>
/// Ends that nobody chose one by one, a drain and a limit, as clients and servers hear them that nobody here wrote; and what draining looks
/// like.
/// </summary>
[Collection(ConnectionsConsole.Name)]
public sealed class ConnectionDrainTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Drain_RouteByTheDialog_ClientsAndServerHearCodeAndReason()
    {
        await using var backend = await BackendProcess.PythonAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("left", backend.Address)],
                Routes = [Configs.Proxy("left", "/left", "left"), Configs.Proxy("kept", "/kept", "left")],
            }
        );
        await using var node = await ClientProcess.NodeAsync(console.SocketUrl("/left/node"));
        await using var python = await ClientProcess.PythonAsync(console.SocketUrl("/left/python"));
        await using var kept = await ClientProcess.NodeAsync(console.SocketUrl("/kept"));
        var page = await console.OpenAsync("/routes");
        await AskAsync(page, "left");
        await page.Question().GetByLabel("Open WebSockets").SelectOptionAsync("leave");
        await page.Question().GetByLabel("Within").FillAsync("0s");
        await page.Question().GetByLabel("Reason").FillAsync("bis später");
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Drain route" }).ClickAsync();
        (await node.EndAsync()).ShouldBe("close 1001 bis später");
        (await python.EndAsync()).ShouldBe("close 1001 bis später");
        await Eventually.TrueAsync(
            () => Task.FromResult(backend.Ends.Count(end => end == "close 1001 bis später") == 2),
            "the server heard both"
        );
        await kept.SendAsync("still here");
        await kept.HearAsync("still here");
        await page.Button("Resume: route left").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Drains" })).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task MessageTooBig_ForTheRoute_BothEndsHear1009()
    {
        await using var backend = await BackendProcess.NodeAsync();
        var bounded = Configs.Proxy("bounded", "/bounded", "bounded") with { WebSocket = new WebSocketPolicy { MaxMessageBytes = 1000 } };
        await console.ApplyAsync(new() { UpstreamPools = [Configs.Pool("bounded", backend.Address)], Routes = [bounded] });
        await using var node = await ClientProcess.NodeAsync(console.SocketUrl("/bounded/node"));
        await using var python = await ClientProcess.PythonAsync(console.SocketUrl("/bounded/python"));
        foreach (var client in new[] { node, python })
        {
            await client.SendAsync("small enough");
            await client.HearAsync("small enough");
            await client.SendAsync(Random());
            (await client.EndAsync()).ShouldBe("close 1009 message too big");
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(backend.Ends.Count(end => end == "close 1009 message too big") == 2),
            "the server heard both"
        );
    }

    [BrowserFact]
    public async Task Draining_BothThemesWideAndNarrow_HasNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var second = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("rooms", backend.Address, second.Address)],
                Routes = [Configs.Proxy("chat", "/chat/", "rooms"), Configs.Proxy("feed", "/feed/", "rooms")],
            }
        );
        var open = new List<System.Net.WebSockets.ClientWebSocket>();
        for (var index = 0; index < 12; index++)
            open.Add(await console.ConnectAsync(index % 3 == 2 ? $"/feed/prices/{index}" : $"/chat/room-{index}"));
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/routes", width, height, scheme);
            await AskAsync(page, "chat");
            await page.Question().GetByLabel("Open WebSockets").SelectOptionAsync("leave");
            await page.Question().GetByLabel("Within").FillAsync("1h");
            await Assertions.Expect(page.Question()).ToContainTextAsync("8 WebSockets are open on it");
            await PageLook.TakeAsync(page, "drain", look, findings);
            await page.Question().GetByLabel("Within").FillAsync("soon");
            await Assertions.Expect(page.Question().Locator(".error")).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "drain-wrong", look, findings, picture: false);

            // Open ones stay, so that every look has them.
            await page.Question().GetByLabel("Open WebSockets").SelectOptionAsync("stay");
            await page.Question().GetByRole(AriaRole.Button, new() { Name = "Drain route" }).ClickAsync();
            await Assertions.Expect(page.Locator(".drains")).ToContainTextAsync("8 of 8 open");
            await page.GotoAsync(console.Url + "/routes");
            await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "chat" })).ToContainTextAsync("draining");
            await PageLook.TakeAsync(page, "routes-draining", look, findings, picture: false);
            await page.GotoAsync(console.Url + "/connections");
            await Assertions.Expect(page.Locator(".drains")).ToContainTextAsync("they stay until client or server ends them");
            await PageLook.TakeAsync(page, "drains", look, findings);
            await page.Button("Resume: route chat").ClickAsync();
            await Assertions.Expect(page.Locator(".drains")).ToHaveCountAsync(0);
            await page.Context.CloseAsync();
        }

        foreach (var socket in open)
            socket.Dispose();
        findings.ShouldBeEmpty();
    }

    private static async Task AskAsync(IPage page, string route)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = route, Exact = true }).ClickAsync();
        await page.Button("Drain").ClickAsync();
        await Assertions.Expect(page.Question()).ToContainTextAsync("New WebSockets on it are answered 503");
    }

    // Larger than the limit, also compressed.
    private static string Random() => Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4000));
}

using System.Net.WebSockets;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

/// <summary>The pages about connections as a whole, in their states. Also takes their pictures for the docs.</summary>
[Collection(ConnectionsConsole.Name)]
public sealed class ConnectionPagesTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task ConnectionPages_BothThemesWideAndNarrow_HaveNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var second = await BackendProcess.NodeAsync();
        var closed = Configs.Proxy("internal", "/internal", "chat");
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("chat", backend.Address, second.Address), Configs.Pool("feed", second.Address)],
                Routes =
                [
                    Configs.Proxy("chat", "/chat/", "chat"),
                    Configs.Proxy("feed", "/feed/", "feed"),
                    closed with
                    {
                        WebSocket = new WebSocketPolicy { Allow = false },
                    },
                ],
            }
        );
        await EndSomeAsync();
        var open = new List<ClientWebSocket>();
        for (var index = 0; index < 12; index++)
            open.Add(await OpenAsync(index % 3 == 2 ? $"/feed/prices/{index}" : $"/chat/room-{index}", index));
        using var stop = new CancellationTokenSource();
        var talking = TalkAsync(open, stop.Token);
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/connections", width, height, scheme);
            await Assertions.Expect(page.Rows()).ToHaveCountAsync(12);
            if (PageLook.TakesPictures)
                await Task.Delay(2000);
            await page.GetByLabel("Search").FillAsync("room-");
            await page.Rows().First.GetByRole(AriaRole.Checkbox).CheckAsync();
            await PageLook.TakeAsync(page, "connections-selected", look, findings);
            await page.Button("Close all 8 found").ClickAsync();
            await Assertions.Expect(page.Question()).ToContainTextAsync("8 WebSockets");
            await PageLook.TakeAsync(page, "connections-close", look, findings);
            await page.Keyboard.PressAsync("Escape");
            await Assertions.Expect(page.Question()).ToHaveCountAsync(0);
            await page.Rows().First.Locator("a.open").ClickAsync();
            await Assertions.Expect(page.Details()).ToBeVisibleAsync();
            if (PageLook.TakesPictures)
                await Task.Delay(20_000);
            await PageLook.TakeAsync(page, "connection", look, findings);
            await page.GotoAsync(console.Url + "/connections/ended");
            await Assertions.Expect(page.Locator(".ended")).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "ended", look, findings);
            await page.GotoAsync(console.Url + "/connections/refused");
            await Assertions.Expect(page.Locator(".refusals")).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "refused", look, findings);
            await page.GotoAsync(console.Url + "/connections/inspector");
            await page.Button("Turn inspector on").ClickAsync();
            await page.Question().GetByRole(AriaRole.Button, new() { Name = "Turn inspector on" }).ClickAsync();
            await page.Button("Inspect the next connection").ClickAsync();
            await Assertions.Expect(page.Locator(".inspecting")).ToContainTextAsync("waits");
            using var seen = await OpenAsync("/chat/seen", 1);
            await seen.EchoAsync("""{"type":"join","room":"lobby","token":"9f86d081884c7d65"}""");
            await seen.EchoAsync("""{"type":"say","text":"Good morning!"}""");
            await Assertions.Expect(page.Locator(".messages li")).ToHaveCountAsync(4);
            await page.EvaluateAsync("scrollTo(0, 0)");
            await PageLook.TakeAsync(page, "inspector", look, findings);
            await page.Button("Turn inspector off").ClickAsync();
            await page.Question().GetByRole(AriaRole.Button, new() { Name = "Turn inspector off" }).ClickAsync();
            await Assertions.Expect(page.Button("Turn inspector on")).ToBeVisibleAsync();
            await page.Context.CloseAsync();
        }

        await stop.CancelAsync();
        await talking;
        foreach (var socket in open)
            socket.Dispose();
        findings.ShouldBeEmpty();
    }

    private async Task<ClientWebSocket> OpenAsync(string path, int number)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader(
            "User-Agent",
            number % 2 == 0 ? "Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0" : "chat-app/4.2 (iOS 19)"
        );
        socket.Options.SetRequestHeader("Origin", "https://chat.example.com");
        await socket.ConnectAsync(new(console.SocketUrl(path)), Sockets.Limit());
        return socket;
    }

    // One of each kind, and a handshake that is refused.
    private async Task EndSomeAsync()
    {
        await using var byServer = await ClientProcess.NodeAsync(console.SocketUrl("/chat/a"));
        await byServer.SendAsync("close me");
        await byServer.EndAsync();
        foreach (var (code, reason) in new[] { (1000, ""), (1001, ""), (4003, "kicked") })
        {
            using var one = await OpenAsync("/feed/b", 0);
            await one.EchoAsync("hello");
            await one.CloseAsync((WebSocketCloseStatus)code, reason, Sockets.Limit());
        }

        (await OpenAsync("/chat/c", 0)).Abort();
        using var refused = new ClientWebSocket();
        await Should.ThrowAsync<WebSocketException>(() => refused.ConnectAsync(new(console.SocketUrl("/internal")), Sockets.Limit()));
    }

    // Every other one says something now and then, so that there is something to see.
    private static async Task TalkAsync(List<ClientWebSocket> sockets, CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            for (var index = 0; index < sockets.Count; index += 2)
            {
                for (var burst = 0; burst <= (turn / 10 + index) % 3; burst++)
                    await sockets[index].EchoAsync(new string('x', 20 + (turn * 7 % 200)));
            }

            await Task.Delay(150, CancellationToken.None);
        }
    }
}

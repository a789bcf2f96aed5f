using System.Net.WebSockets;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

[Collection(ConnectionsConsole.Name)]
public sealed class ConnectionDetailsTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Details_OfAnOpenConnection_AreLiveAndLeaveTheFocusWhereItWas()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("details", backend.Address)], Routes = [Configs.Proxy("details", "/details", "details")] }
        );
        using var socket = await console.ConnectAsync("/details");
        var page = await console.OpenAsync("/connections?route=details");

        // By mouse anywhere on the row; by keyboard on its number.
        await page.Rows().First.Locator("td[data-label=Age]").ClickAsync();
        await Assertions.Expect(page.Details()).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"route=details&id=\d+$"));
        await Assertions.Expect(page.Details()).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Details()).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("a.open")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Details()).ToBeVisibleAsync();

        await socket.EchoAsync("hello");
        await socket.EchoAsync("again");
        await Assertions.Expect(Frames(page, "Text frames")).ToHaveTextAsync(["2", "2"]);
        await Assertions.Expect(Frames(page, "Binary frames")).ToHaveTextAsync(["0", "0"]);
        await Assertions.Expect(page.Details().GetByRole(AriaRole.Img)).ToHaveCountAsync(2);
        await Assertions.Expect(page.Details()).ToContainTextAsync("HTTP/1.1");
        await Assertions.Expect(page.Details()).ToContainTextAsync(backend.Address);

        // It ends while somebody looks: by whom, with which code and reason.
        await socket.SendAsync("close me"u8.ToArray(), WebSocketMessageType.Text, true, Sockets.Limit());
        await socket.ReceiveAsync(new byte[100], Sockets.Limit());
        await socket.CloseOutputAsync((WebSocketCloseStatus)4001, null, Sockets.Limit());
        await Assertions
            .Expect(page.Details().GetByRole(AriaRole.Status).First)
            .ToContainTextAsync("By the server (the server closed first), with code 4001 private to the application, “as asked”.");
        await Assertions.Expect(page.Details().GetByRole(AriaRole.Button, new() { Name = "Close connection" })).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Assertions.Expect(page.Details()).ToContainTextAsync("It has ended.");
    }

    [BrowserFact]
    public async Task Details_OfANumberThatNeverWas_SaySo()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("never", backend.Address)], Routes = [Configs.Proxy("never", "/never", "never")] }
        );
        using var socket = await console.ConnectAsync("/never");
        var page = await console.OpenAsync("/connections?id=99999999");
        await Assertions.Expect(page.Details()).ToContainTextAsync("There is no open WebSocket with this number");
        await page.GetByRole(AriaRole.Button, new() { Name = "Close details" }).ClickAsync();
        await Assertions.Expect(page.Details()).ToHaveCountAsync(0);
    }

    private static ILocator Frames(IPage page, string name) => page.Details().Locator("tr", new() { HasText = name }).Locator("td");
}

using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

/// <summary>Closing by hand, as the ends see it: clients and servers that nobody here wrote.</summary>
[Collection(ConnectionsConsole.Name)]
public sealed class ConnectionClosingTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Close_OneWithACodeAndAReason_BothEndsHearThem()
    {
        await using var backend = await BackendProcess.PythonAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("one", backend.Address)], Routes = [Configs.Proxy("one", "/one", "one")] }
        );
        await using var client = await ClientProcess.NodeAsync(console.SocketUrl("/one"));
        var page = await console.OpenAsync("/connections?route=one");
        await page.Button("Close connection").ClickAsync();
        await page.Question().GetByLabel("Close code").SelectOptionAsync("another…");

        // What cannot be sent is refused at its field, and nothing happens.
        await page.Question().GetByLabel("Own code").FillAsync("1006");
        await page.Question().GetByLabel("Reason").FillAsync(new string('x', 124));
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Close connection" }).ClickAsync();
        await Assertions.Expect(page.Question().GetByLabel("Own code")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(page.Question().Locator(".error").Nth(1)).ToContainTextAsync("at most 123 bytes");

        await page.Question().GetByLabel("Own code").FillAsync("4242");
        await page.Question().GetByLabel("Reason").FillAsync("über und aus");
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Close connection" }).ClickAsync();
        (await client.EndAsync()).ShouldBe("close 4242 über und aus");
        await Eventually.TrueAsync(() => Task.FromResult(backend.Ends.Contains("close 4242 über und aus")), "the server heard it");
        await Assertions.Expect(page.Locator(".toast")).ToContainTextAsync("Closed the connection of 127.0.0.1");
    }

    [BrowserFact]
    public async Task Close_ASelection_TakesThoseAndNoOthers()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("some", backend.Address)], Routes = [Configs.Proxy("some", "/some", "some")] }
        );
        await using var stays = await ClientProcess.NodeAsync(console.SocketUrl("/some/stays"));
        await using var node = await ClientProcess.NodeAsync(console.SocketUrl("/some/node"));
        await using var python = await ClientProcess.PythonAsync(console.SocketUrl("/some/python"));
        var page = await console.OpenAsync("/connections?route=some");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(3);
        await page.GetByLabel("Select this page").CheckAsync();
        await Assertions.Expect(page.Button("Close 3 connections")).ToBeVisibleAsync();
        await page.Rows().Filter(new() { HasText = "/some/stays" }).GetByRole(AriaRole.Checkbox).UncheckAsync();
        await page.Button("Close 2 connections").ClickAsync();
        await Assertions.Expect(page.Question()).ToContainTextAsync("2 WebSockets");
        await page.Question().GetByLabel("Close code").SelectOptionAsync("1012 service restart");
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Close 2 connections" }).ClickAsync();
        (await node.EndAsync()).ShouldBe("close 1012");
        (await python.EndAsync()).ShouldBe("close 1012");
        await Eventually.TrueAsync(() => Task.FromResult(backend.Ends.Count(end => end == "close 1012") == 2), "the server heard both");
        await Assertions.Expect(page.Locator(".toast")).ToContainTextAsync("Closed 2 connections");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(1);
        await stays.SendAsync("still here");
        await stays.HearAsync("still here");
    }

    [BrowserFact]
    public async Task Close_AllThatMatch_SaysHowManyAndTakesEveryPage()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("many", backend.Address)],
                Routes = [Configs.Proxy("many", "/many", "many"), Configs.Proxy("other", "/other", "many")],
            }
        );
        using var other = await console.ConnectAsync("/other");
        var many = new List<System.Net.WebSockets.ClientWebSocket>();
        for (var index = 0; index < 53; index++)
            many.Add(await console.ConnectAsync($"/many/{index}"));
        var page = await console.OpenAsync("/connections?route=many");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(50);
        await page.GetByLabel("Select this page").CheckAsync();
        await page.Button("Select all 53 that match").ClickAsync();
        await page.Button("Close 53 connections").ClickAsync();
        await Assertions.Expect(page.Question()).ToContainTextAsync("53 WebSockets");
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await page.Button("Select none").ClickAsync();
        await page.Button("Close all 53 found").ClickAsync();
        await page.Question().GetByLabel("Deadline").FillAsync("0s");
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Close 53 connections" }).ClickAsync();
        await Assertions.Expect(page.Locator(".toast")).ToContainTextAsync("Closed 53 connections");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No matching open WebSockets" })).ToBeVisibleAsync();
        await other.EchoAsync("not meant");
        foreach (var socket in many)
            socket.Dispose();
    }
}

using Appliance.Data.Rights;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

[Collection(ConnectionsConsole.Name)]
public sealed class InspectorTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Inspect_AnOpenConnection_ShowsMessagesAsTextWithoutSecretsAndTellsEverybody()
    {
        await using var backend = await BackendProcess.PythonAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("seen", backend.Address)], Routes = [Configs.Proxy("seen", "/seen", "seen")] }
        );
        using var socket = await console.ConnectAsync("/seen");
        var other = await console.OpenAsync("/routes");
        var page = await console.OpenAsync("/connections?route=seen");
        await page.Locator("a.open").ClickAsync();
        await TurnOnAsync(page);
        await page.Details().GetByLabel("Black out as well").FillAsync("[");
        await page.Details().GetByRole(AriaRole.Button, new() { Name = "Inspect", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Details().Locator(".error")).ToContainTextAsync("not a regular expression");
        await page.Details().GetByLabel("Black out as well").FillAsync("card \\d+");
        await page.Details().GetByRole(AriaRole.Button, new() { Name = "Inspect", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Details().GetByText("running")).ToBeVisibleAsync();

        await socket.EchoAsync("""{"password":"hunter2","text":"<b>hi</b> card 4711"}""");
        var messages = page.Details().Locator(".messages li");
        await Assertions.Expect(messages).ToHaveCountAsync(2);
        await Assertions.Expect(messages.Last).ToContainTextAsync("client → server");
        await Assertions.Expect(messages.First).ToContainTextAsync("server → client");
        await Assertions.Expect(messages.Last.Locator("pre")).ToHaveTextAsync("""{"password":•••,"text":"<b>hi</b> •••"}""");
        await Assertions.Expect(page.Details().Locator(".messages b", new() { HasText = "hi" })).ToHaveCountAsync(0);

        // Everybody is told, on every page; whoever may can stop it there.
        await Assertions.Expect(other.Locator(".inspecting")).ToContainTextAsync("ann inspects the messages of connection");
        await Assertions.Expect(other.Locator(".inspecting")).ToContainTextAsync("left");
        await other.Locator(".inspecting").GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(other.Locator(".inspecting")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Details().GetByText("over; what was kept")).ToBeVisibleAsync();
        await socket.EchoAsync("nobody looks");
        await Assertions.Expect(messages).ToHaveCountAsync(2);
        await TurnOffAsync(other);
    }

    [BrowserFact]
    public async Task Inspect_TheNextConnection_ReadsCompressedMessagesFromTheFirstByteOn()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("next", backend.Address)],
                Routes = [Configs.Proxy("next", "/next", "next"), Configs.Proxy("another", "/another", "next")],
            }
        );
        var page = await console.OpenAsync("/connections/inspector");
        await TurnOnAsync(page);
        await page.GetByLabel("Route", new() { Exact = true }).SelectOptionAsync("next");
        await page.GetByLabel("Client", new() { Exact = true }).FillAsync("nobody");
        await page.Button("Inspect the next connection").ClickAsync();
        await Assertions.Expect(page.Locator("main .error")).ToContainTextAsync("An address or a network");
        await page.GetByLabel("Client", new() { Exact = true }).FillAsync("127.0.0.1");
        await page.Button("Inspect the next connection").ClickAsync();
        await Assertions
            .Expect(page.Locator(".inspecting"))
            .ToContainTextAsync("ann waits to inspect the messages of the next connection on route next");

        await using var other = await ClientProcess.NodeAsync(console.SocketUrl("/another"));
        await using var client = await ClientProcess.NodeAsync(console.SocketUrl("/next"));
        foreach (var text in new[] { "the same words", "the same words", "the same words once more" })
        {
            await client.SendAsync(text);
            await client.HearAsync(text);
        }

        var messages = page.Locator(".messages li");
        await Assertions.Expect(messages).ToHaveCountAsync(6);
        await Assertions.Expect(messages.First).ToContainTextAsync("compressed");
        await Assertions.Expect(messages.First.Locator("pre")).ToHaveTextAsync("the same words once more");
        await Assertions.Expect(page.Locator(".inspecting")).ToContainTextAsync("ann inspects the messages of connection");

        // Off ends everything and forgets what was kept.
        await TurnOffAsync(page);
        await Assertions.Expect(page.Locator(".inspecting")).ToHaveCountAsync(0);
        await Assertions.Expect(messages).ToHaveCountAsync(0);
        await Assertions.Expect(page.Button("Turn inspector on")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Inspector_SomebodyWhoIsNoAdministrator_IsToldAndMayDoNothing()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("private", backend.Address)], Routes = [Configs.Proxy("private", "/private", "private")] }
        );
        using var socket = await console.ConnectAsync("/private");
        var page = await console.OpenAsync("/connections/inspector");
        await TurnOnAsync(page);
        await Assertions.Expect(page.Button("Inspect the next connection")).ToBeVisibleAsync();
        await page.Button("Inspect the next connection").ClickAsync();

        await console.AddPersonAsync("vic", Role.Viewer);
        var viewer = await console.StrangerAsync("/sign-in");
        await console.SignInAsync(viewer, "vic");
        await viewer.GotoAsync(console.Url + "/connections/inspector");
        await Assertions.Expect(viewer.Locator("main")).ToContainTextAsync("Only administrators may look into messages");
        await Assertions.Expect(viewer.Locator(".inspecting")).ToContainTextAsync("ann waits to inspect");
        await Assertions.Expect(viewer.Locator("main").GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Assertions.Expect(viewer.Locator(".inspecting").GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await viewer.GotoAsync(console.Url + "/connections?route=private");
        await viewer.Locator("a.open").ClickAsync();
        await Assertions.Expect(viewer.Details()).ToContainTextAsync("Only administrators may look into messages");
        await TurnOffAsync(page);
    }

    private static async Task TurnOnAsync(IPage page)
    {
        await page.Button("Turn inspector on").ClickAsync();
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Turn inspector on" }).ClickAsync();
    }

    private async Task TurnOffAsync(IPage page)
    {
        await page.GotoAsync(console.Url + "/connections/inspector");
        await page.Button("Turn inspector off").ClickAsync();
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Turn inspector off" }).ClickAsync();
        await Assertions.Expect(page.Button("Turn inspector on")).ToBeVisibleAsync();
    }
}

using System.Text.RegularExpressions;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

public sealed partial class SetupTests : IAsyncLifetime
{
    private readonly ApplianceProcess _process = new();
    private IBrowserContext? _context;

    private string Url => $"http://localhost:{_process.ConsolePort}";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_context is not null)
            await _context.CloseAsync();
        await _process.DisposeAsync();
    }

    // The whole story of a stranger, as the README tells it: set up, pool, map, route, a socket through it, an edit meanwhile, the live
    // table.
    [BrowserFact]
    public async Task FirstRun_ByHand_LeadsToALiveWebSocket()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await _process.StartAsync();
        var page = await NewPageAsync();

        // 1. Without the link there is only an explanation; with it, the first administrator.
        await page.GotoAsync(Url);
        await Assertions.Expect(page.GetByText("appliance setup-link")).ToBeVisibleAsync();
        await page.GotoAsync(LinkIn(_process.Output));
        await page.GetByLabel("User name").FillAsync("ann");
        await page.GetByLabel("Password").FillAsync("short");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("at least 8 characters");
        await Assertions.Expect(page.Locator("#password-problem")).ToContainTextAsync("at least 8 characters");
        await Assertions.Expect(page.GetByLabel("User name")).ToHaveValueAsync("ann");
        await page.GetByLabel("User name").FillAsync("l\u00adocal");
        await page.GetByLabel("Password").FillAsync("Password123");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" }).ClickAsync();
        await Assertions.Expect(page.Locator("#user-problem")).ToContainTextAsync("characters that cannot be seen");
        await Assertions.Expect(page.Locator("#password-problem")).ToContainTextAsync("first passwords that a guesser tries");
        await page.GetByLabel("User name").FillAsync("ann");
        await page.GetByLabel("Password").FillAsync("a longer password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();

        // 2. A pool, a map, a route.
        await page.GetByRole(AriaRole.Link, new() { Name = "Add pool" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("chat");
        await page.GetByLabel("Address").FillAsync(backend.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await LiveAsync(page, 1);
        await page.GetByRole(AriaRole.Link, new() { Name = "Header maps" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add header map" }).First.ClickAsync();
        await page.GetByLabel("Name").FillAsync("$connection_upgrade");
        await page.GetByLabel("Source").FillAsync("$http_upgrade");
        await page.GetByLabel("Value").FillAsync("close");
        await page.GetByLabel("Default").FillAsync("upgrade");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save header map" }).ClickAsync();
        await LiveAsync(page, 2);
        await page.GetByRole(AriaRole.Link, new() { Name = "Routes" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Add route" }).First.ClickAsync();
        await page.GetByLabel("Name").FillAsync("chat");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("/chat");
        await Assertions.Expect(page.GetByLabel("Upstream pool")).ToHaveValueAsync("chat");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add header rule" }).First.ClickAsync();
        await page.GetByLabel("Header name").FillAsync("X-Connection");
        await page.GetByLabel("Header value").FillAsync("$connection_upgrade");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Region, new() { Name = "Request to the upstream" }))
            .ToContainTextAsync("X-Connection: upgrade");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await LiveAsync(page, 3);

        // 3. A page whose script speaks WebSocket through the proxy.
        var client = await _context!.NewPageAsync();
        await client.EvaluateAsync(
            @"url => new Promise((done, failed) => {
                window.heard = [];
                window.socket = new WebSocket(url);
                socket.onmessage = message => { heard.push(message.data); done(); };
                socket.onerror = () => failed(new Error('refused'));
                socket.onopen = () => socket.send('one');
            })",
            $"ws://127.0.0.1:{_process.HttpPort}/chat"
        );
        await page.GetByRole(AriaRole.Link, new() { Name = "Connections" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("1 / 1");

        // 4. An edit of its route does not drop it, and it goes on being counted.
        await page.GetByRole(AriaRole.Row).Nth(1).GetByRole(AriaRole.Link, new() { Name = "chat" }).ClickAsync();
        await page.GetByLabel("Idle timeout").FillAsync("2h");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await LiveAsync(page, 4);
        await client.EvaluateAsync(
            "() => new Promise(done => { socket.onmessage = message => { heard.push(message.data); done(); }; socket.send('two'); })"
        );
        (await client.EvaluateAsync<string[]>("heard")).ShouldBe(["one", "two"]);
        await page.GetByRole(AriaRole.Link, new() { Name = "Connections" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("2 / 2");
    }

    [BrowserFact]
    public async Task SetupLink_SpentOrWrong_SaysHowToGetANewOne()
    {
        await _process.StartAsync();
        var page = await NewPageAsync();
        await page.GotoAsync(Url + "/setup?token=0123456789");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("appliance setup-link");
        await Assertions.Expect(page.GetByLabel("User name")).ToHaveCountAsync(0);

        // A new link from the host makes the printed one worthless, also where its form is open.
        await page.GotoAsync(LinkIn(_process.Output));
        var (exitCode, output, _) = await _process.RunAsync("setup-link");
        exitCode.ShouldBe(0);
        await FillAsync(page, "eve");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the newest");
        await page.GotoAsync(LinkIn(output));
        await FillAsync(page, "ann");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        await page.GotoAsync(LinkIn(output));
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("it was used");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" })).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "sign in" })).ToBeVisibleAsync();
    }

    private static string LinkIn(string text) => Link().Match(text).Value;

    private static async Task FillAsync(IPage page, string name)
    {
        await page.GetByLabel("User name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync("a longer password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" }).ClickAsync();
    }

    private static async Task LiveAsync(IPage page, int revision)
    {
        await Assertions.Expect(page.GetByText($"Revision {revision} is live.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".revision")).ToHaveTextAsync($"revision {revision}, live");
    }

    private async Task<IPage> NewPageAsync()
    {
        _context = await (await Chromium.GetAsync()).NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        _context.SetDefaultTimeout(Chromium.Patience);
        return await _context.NewPageAsync();
    }

    [GeneratedRegex(@"http://\S+/setup\?token=[0-9a-f]+")]
    private static partial Regex Link();
}

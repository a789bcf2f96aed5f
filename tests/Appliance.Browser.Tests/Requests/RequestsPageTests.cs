using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Requests;

public sealed class RequestsPageTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Requests_FailedAndGood_AreFilteredAndExplained()
    {
        await using var backend = new RecordingBackend();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("good", backend.Address), Configs.Pool("dead", "http://127.0.0.1:1", "http://127.0.0.1:2")],
                Routes = [Configs.Proxy("good", "/good", "good"), Configs.Proxy("dead", "/dead", "dead")],
            }
        );
        var page = await console.OpenAsync("/requests?host=pages.test");
        await Assertions.Expect(page.Locator(".empty")).ToBeVisibleAsync();

        // 1. They come by themselves, without their query.
        var port = console.Process.HttpPort;
        await RawHttp.GetAsync(port, "/good/one?token=secret", "pages.test");
        await RawHttp.GetAsync(port, "/dead/two", "pages.test");
        await RawHttp.GetAsync(port, "/nowhere", "pages.test");
        var rows = page.Locator("table.requests tbody tr, .requests tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator("main")).Not.ToContainTextAsync("secret");

        // 2. What failed, with the reason; the filter stands in the address.
        await page.GetByLabel("Status", new() { Exact = true }).SelectOptionAsync("failed");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("The server refused the connection.");
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/requests?status=failed&host=pages.test");

        // 3. One of them: every server, and why.
        await rows.First.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Servers that were asked" })).ToBeVisibleAsync();
        var servers = page.Locator("main table tbody tr");
        await Assertions.Expect(servers).ToHaveCountAsync(2);
        await Assertions.Expect(servers.Nth(0)).ToContainTextAsync("127.0.0.1:");
        await Assertions.Expect(servers.Nth(1)).ToContainTextAsync("The server refused the connection.");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("It failed after");
        await Assertions.Expect(page.GetByRole(AriaRole.Img)).ToBeVisibleAsync();

        // 4. From the route: its failures, and all its requests.
        await page.GetByRole(AriaRole.Link, new() { Name = "dead", Exact = true }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Failed requests" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "All requests of this route" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/requests?route=dead");
        await Assertions.Expect(rows).ToHaveCountAsync(1);

        // 5. Searched for, and all of them again.
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear filters" }).ClickAsync();
        await page.GetByLabel("Search").FillAsync("good one");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("/good/one");
        await page.GetByLabel("Search").FillAsync("nothing of this");
        await Assertions.Expect(page.GetByText("No matching requests")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Headers_OfARequest_HaveNamesAlwaysAndValuesForATime()
    {
        await using var backend = new RecordingBackend();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("heads", backend.Address)], Routes = [Configs.Proxy("heads", "/heads", "heads")] }
        );
        var port = console.Process.HttpPort;
        const string Lines = "X-Team: blue\r\nX-Api-Key: geheim\r\nReferer: https://a.test/b?code=geheim\r\n";
        await RawHttp.GetAsync(port, "/heads/one", "heads.test", Lines);

        // 1. Names, without values.
        var page = await console.OpenAsync("/requests?host=heads.test");
        await page.Locator(".requests tbody tr").First.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("X-Team");
        await Assertions.Expect(page.Locator("main")).Not.ToContainTextAsync("blue");

        // 2. An administrator asks for values; everybody sees that.
        var other = await console.OpenAsync("/routes");
        await page.GetByRole(AriaRole.Button, new() { Name = "5 minutes", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Keep them for 5 minutes" }).ClickAsync();
        await Assertions.Expect(other.Locator(".inspecting")).ToContainTextAsync("ann keeps header values of route heads");
        await RawHttp.GetAsync(port, "/heads/two", "heads.test", Lines);
        await page.GotoAsync(console.Url + "/requests?host=heads.test&q=two");
        await page.Locator(".requests tbody tr").First.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.Locator(".facts.headers").First).ToContainTextAsync("blue");
        await Assertions.Expect(page.Locator(".facts.headers").First).ToContainTextAsync("https://a.test/b?•••");
        await Assertions.Expect(page.Locator("main")).Not.ToContainTextAsync("geheim");

        // 3. It is stopped from any page, and the values are gone.
        await other.Locator(".inspecting").GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(page.Locator(".inspecting")).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("X-Team");
        await Assertions.Expect(page.Locator("main")).Not.ToContainTextAsync("blue");
    }

    [BrowserFact]
    public async Task Paused_NewOnesWaitUntilItGoesOn()
    {
        await console.ApplyAsync(new());
        var port = console.Process.HttpPort;
        await RawHttp.GetAsync(port, "/before", "a.test");
        var page = await console.OpenAsync("/requests?q=paused-test");
        await Assertions.Expect(page.GetByText("No matching requests")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Go on" })).ToBeVisibleAsync();
        await RawHttp.GetAsync(port, "/paused-test", "a.test");
        await Assertions.Expect(page.GetByText("No matching requests")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await Assertions.Expect(page.Locator(".requests tbody tr")).ToHaveCountAsync(1);
    }

    [BrowserFact]
    public async Task Request_NotKept_SaysSo()
    {
        var page = await console.OpenAsync("/requests/999999999");
        await Assertions.Expect(page.GetByText("This request is not kept any more")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Pages_InEveryLook_HaveNoFindings()
    {
        await using var backend = new RecordingBackend
        {
            Answer = request =>
                request.Target.Contains("missing", StringComparison.Ordinal)
                    ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                    : RecordingBackend.Ok("hello"),
        };
        await console.ApplyAsync(
            new()
            {
                UpstreamPools =
                [
                    Configs.Pool("shop", "http://127.0.0.1:1", backend.Address),
                    Configs.Pool("reports", "http://127.0.0.1:1", "http://127.0.0.1:2"),
                ],
                Routes =
                [
                    Configs.Proxy("shop", "/", "shop") with
                    {
                        Hosts = ["shop.example.com"],
                    },
                    Configs.Proxy("reports", "/reports/", "reports") with
                    {
                        Hosts = ["shop.example.com"],
                    },
                ],
            }
        );
        var port = console.Process.HttpPort;
        foreach (var path in (string[])["/", "/cart", "/cart/items", "/missing.png", "/search", "/checkout", "/reports/today"])
            await RawHttp.GetAsync(port, path, "shop.example.com", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n");
        await RawHttp.GetAsync(port, "/", "other.example.com");
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/requests?host=shop.example.com", width, height, scheme);
            await Assertions.Expect(page.Locator(".requests tbody tr")).ToHaveCountAsync(7);
            await PageLook.TakeAsync(page, "requests", look, findings);
            await page.GotoAsync(console.Url + "/requests?q=/reports/today");
            await page.Locator(".requests tbody tr").First.GetByRole(AriaRole.Link).First.ClickAsync();
            await Assertions.Expect(page.GetByText("It failed after")).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "request", look, findings);
        }

        findings.ShouldBeEmpty();
    }
}

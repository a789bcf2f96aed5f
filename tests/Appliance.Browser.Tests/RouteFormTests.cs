using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests;

public sealed class RouteFormTests(RunningConsole console) : IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Save_EmptyForm_NamesEveryProblemAtItsFieldAndLeadsThere()
    {
        await console.ApplyAsync(new() { UpstreamPools = [Configs.Pool("one", "http://127.0.0.1:1"), Configs.Pool("two", "http://127.0.0.1:2")] });
        var page = await console.OpenAsync("/routes/new");
        await Assertions.Expect(page.Locator(".error")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        var summary = page.GetByRole(AriaRole.Alert);
        await Assertions.Expect(summary).ToContainTextAsync("2 things need your attention");
        await Assertions.Expect(Field(page, "Name")).ToContainTextAsync("A name has 1 to 64");
        await Assertions.Expect(Field(page, "Upstream pool")).ToContainTextAsync("Choose the pool");
        await summary.GetByRole(AriaRole.Link, new() { Name = "A name has" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToBeFocusedAsync();
        new Uri(page.Url).PathAndQuery.ShouldBe("/routes/new");

        // Mended while typing, without another try.
        await page.GetByLabel("Name").FillAsync("mended");
        await page.GetByLabel("Upstream pool").SelectOptionAsync("two");
        await Assertions.Expect(summary).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "mended", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserTheory]
    [InlineData("Hosts", "chat.example.com http://no", "is a URL")]
    [InlineData("Hosts", "a*b.example.com", "invalid wildcard")]
    [InlineData("Path", "chat", "starts with a slash")]
    [InlineData("Path", "/a?b", "without the query")]
    [InlineData("Upstream path", "api", "starts with a slash")]
    [InlineData("Connect timeout", "soon", "is not a time")]
    [InlineData("Read timeout", "0s", "more than 0s")]
    [InlineData("Tries", "many", "not a whole number")]
    [InlineData("Largest request body", "10x", "is not a size")]
    [InlineData("Idle timeout", "31d", "0s (never) to 30d")]
    public async Task Field_BadValue_SaysSoWhileTypingAndKeepsTheText(string label, string text, string expected)
    {
        var page = await console.OpenAsync("/routes/new");
        var control = page.GetByLabel(label, new() { Exact = true });
        await control.FillAsync(text);
        await Assertions.Expect(Field(page, label)).ToContainTextAsync(expected);
        await Assertions.Expect(control).ToHaveAttributeAsync("aria-invalid", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Not saved");
        await Assertions.Expect(control).ToHaveValueAsync(text);
    }

    [BrowserFact]
    public async Task PathKind_Regex_ChecksTheExpressionAndHidesTheUpstreamPath()
    {
        var page = await console.OpenAsync("/routes/new");
        await Assertions.Expect(page.GetByLabel("Upstream path")).ToBeVisibleAsync();
        await page.GetByLabel("Path kind").SelectOptionAsync(new SelectOptionValue { Label = "Regex, ignore case" });
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("^/(a|b");
        await Assertions.Expect(Field(page, "Path")).ToContainTextAsync("not valid at position 6");
        await Assertions.Expect(page.GetByLabel("Upstream path")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task HeaderRule_UnknownVariable_IsNamedWithTheNearestOne()
    {
        var page = await console.OpenAsync("/routes/new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add header rule" }).First.ClickAsync();
        await page.GetByLabel("Header name").FillAsync("X-Real-IP");
        await page.GetByLabel("Header value").FillAsync("$remote_adr");
        await Assertions.Expect(page.Locator(".rule-row")).ToContainTextAsync("$remote_addr");
    }

    [BrowserFact]
    public async Task Actions_RedirectAndRespond_AreSavedAndAnswer()
    {
        var page = await console.OpenAsync("/routes/new");
        await page.GetByLabel("Name").FillAsync("moved");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("/old");
        await page.GetByLabel("Action").SelectOptionAsync("Redirect");
        await page.GetByLabel("Location").FillAsync("https://new.example/$request_uri");
        await page.GetByLabel("Status").SelectOptionAsync("308");
        await Assertions.Expect(page.GetByRole(AriaRole.Complementary)).ToContainTextAsync("308 to https://new.example//old");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added route moved")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Add route" }).First.ClickAsync();
        await page.GetByLabel("Name").FillAsync("tea");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("/tea");
        await page.GetByLabel("Action").SelectOptionAsync("Respond");
        await page.GetByLabel("Status").FillAsync("418");
        await page.GetByLabel("Body").FillAsync("short and stout: $host");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added route tea")).ToBeVisibleAsync();

        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var old = await client.GetAsync(console.ProxyUrl + "/old");
        ((int)old.StatusCode, old.Headers.Location!.ToString()).ShouldBe((308, "https://new.example//old"));
        using var tea = await client.GetAsync(console.ProxyUrl + "/tea");
        ((int)tea.StatusCode, await tea.Content.ReadAsStringAsync()).ShouldBe((418, "short and stout: 127.0.0.1"));
    }

    [BrowserFact]
    public async Task List_DuplicateSwitchSearchGroup_Work()
    {
        await console.ApplyAsync(new()
        {
            UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")],
            Routes =
            [
                Configs.Proxy("root", "/", "p") with { Hosts = ["b.example.com"] },
                Configs.Proxy("late", "/api/v2", "p") with { Hosts = ["b.example.com"] },
                Configs.Proxy("exact", "/api", "p") with { Hosts = ["b.example.com"], PathKind = PathKind.Exact },
                Configs.Proxy("first", "^/x", "p") with { Hosts = ["b.example.com"], PathKind = PathKind.Regex },
                Configs.Proxy("second", "^/y", "p") with { Hosts = ["b.example.com"], PathKind = PathKind.Regex },
                Configs.Proxy("elsewhere", "/", "p") with { Hosts = ["a.example.com"], Tags = ["blue"] },
            ],
        });
        var page = await console.OpenAsync("/routes");

        // Search over everything, and what to do when nothing is found.
        await page.GetByLabel("Search").FillAsync("blue");
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["elsewhere"]);
        await page.GetByLabel("Search").FillAsync("no such thing");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveCountAsync(6);

        // Sorting there and back.
        await page.GetByRole(AriaRole.Button, new() { Name = "Name", Exact = true }).ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["elsewhere", "exact", "first", "late", "root", "second"]);

        // Matching order, and moving a regex in it.
        await page.GetByLabel("Group by host").CheckAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["elsewhere", "exact", "first", "second", "late", "root"]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Move second up" }).ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["elsewhere", "exact", "second", "first", "late", "root"]);

        // Off and, with Undo, on again.
        await page.GetByRole(AriaRole.Switch, new() { Name = "late is on" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Switch, new() { Name = "late is off" })).ToBeVisibleAsync();
        await page.Locator(".toast", new() { HasText = "Switched off route late" }).GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Switch, new() { Name = "late is on" })).ToBeVisibleAsync();

        // A duplicate has a free name and must match something else.
        await page.GetByRole(AriaRole.Link, new() { Name = "Duplicate root" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("root-copy");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(Field(page, "Path")).ToContainTextAsync("Route root already takes /");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("/copy");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "root-copy", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task TopSearch_Slash_FindsARouteByItsHost()
    {
        await console.ApplyAsync(new()
        {
            UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")],
            Routes = [Configs.Proxy("wanted", "/", "p") with { Hosts = ["needle.example.com"] }, Configs.Proxy("other", "/other", "p")],
        });
        var page = await console.OpenAsync("/");

        // A new page takes the focus to its heading; a shortcut before that would lose it again.
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("needle");
        await Assertions.Expect(page.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "wanted" })).ToBeVisibleAsync();
    }

    private static ILocator Names(IPage page) => page.Locator("td[data-label=Name] a");

    private static ILocator Field(IPage page, string label) => page.Locator(".field", new() { Has = page.GetByLabel(label, new() { Exact = true }) });
}

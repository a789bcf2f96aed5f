using System.Net.WebSockets;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Routes;

public sealed class RouteFormTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Save_EmptyForm_NamesEveryProblemAtItsFieldAndLeadsThere()
    {
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("one", "http://127.0.0.1:1"), Configs.Pool("two", "http://127.0.0.1:2")] }
        );
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
    public async Task PathKind_Regex_ChecksTheExpressionAndKeepsTheUpstreamPathForCaptures()
    {
        var page = await console.OpenAsync("/routes/new");
        await Assertions.Expect(page.GetByLabel("Upstream path")).ToBeVisibleAsync();
        await page.GetByLabel("Path kind").SelectOptionAsync(new SelectOptionValue { Label = "Regex, ignore case" });
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("^/(a|b");
        await Assertions.Expect(Field(page, "Path")).ToContainTextAsync("not valid at position 6");
        await Assertions.Expect(Field(page, "Upstream path")).ToContainTextAsync("with captures of the regex");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync(@"^/u/(\d+)$");
        await page.GetByLabel("Upstream path").FillAsync("/user/$host");
        await Assertions.Expect(Field(page, "Upstream path")).ToContainTextAsync("captures of the route's regex");
    }

    [BrowserFact]
    public async Task AccessLog_Off_IsStoredAndStandsOpen()
    {
        await console.ApplyAsync(Configs.All("http://127.0.0.1:1"));
        var page = await console.OpenAsync("/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "all", Exact = true }).ClickAsync();
        await page.GetByText("Methods, conditions, tags, access log").ClickAsync();
        await page.GetByLabel("Write requests into the access log").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "all", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Write requests into the access log")).Not.ToBeCheckedAsync();
        await Assertions.Expect(page.GetByLabel("Write requests into the access log")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task UpstreamPath_Mode_SaysWhatItSendsAndThePreviewShowsIt()
    {
        await console.ApplyAsync(new() { UpstreamPools = [Configs.Pool("one", "http://127.0.0.1:1")] });
        var page = await console.OpenAsync("/routes/new");
        await page.GetByLabel("Name").FillAsync("sub");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("/api/");
        await Assertions.Expect(page.GetByLabel("Rest of the path")).ToHaveCountAsync(0);
        await page.GetByLabel("Upstream path").FillAsync("/ü/");
        await Assertions.Expect(Field(page, "Rest of the path")).ToContainTextAsync("/v2/a/b/c");

        // What the path suggests is written into it first.
        await Assertions.Expect(page.GetByLabel("Try a request")).ToHaveValueAsync("http://example.com/api/");
        await page.GetByLabel("Try a request").FillAsync("http://a.test/api/a%2Fb//c?x=%2F");
        await page.GetByLabel("WebSocket handshake").UncheckAsync();
        await Assertions.Expect(page.Locator(".wire")).ToContainTextAsync("GET /%C3%BC/a/b/c?x=%2F HTTP/1.1");
        await page.GetByLabel("Rest of the path").SelectOptionAsync("Raw");
        await Assertions.Expect(Field(page, "Rest of the path")).ToContainTextAsync("/v2/a%2Fb//c");
        await Assertions.Expect(page.Locator(".wire")).ToContainTextAsync("GET /%C3%BC/a%2Fb//c?x=%2F HTTP/1.1");
    }

    [BrowserFact]
    public async Task SlowRegex_Route_SaysWhichOneRanOutOfTime()
    {
        const string pattern = "^/(a|aa)+(?<!b)$";
        var route = new Route
        {
            Name = "slow",
            Path = pattern,
            PathKind = PathKind.Regex,
            Action = new RouteAction.Respond { Status = 403 },
        };
        await console.ApplyAsync(new() { Routes = [route] });
        using var http = new HttpClient();
        (await http.GetAsync($"{console.ProxyUrl}/{new string('a', 200)}!")).StatusCode.ShouldBe(
            System.Net.HttpStatusCode.InternalServerError
        );
        var page = await console.OpenAsync("/routes");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("regex too slow");
        await page.GetByRole(AriaRole.Link, new() { Name = "slow", Exact = true }).ClickAsync();
        await Assertions
            .Expect(page.Locator(".notice.warn"))
            .ToContainTextAsync($"A regex ran out of time (path): {pattern}. 1 request got 500");
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
        await Assertions.Expect(page.GetByText("Added route moved. Revision")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Add route" }).First.ClickAsync();
        await page.GetByLabel("Name").FillAsync("tea");
        await page.GetByLabel("Path", new() { Exact = true }).FillAsync("/tea");
        await page.GetByLabel("Action").SelectOptionAsync("Respond");
        await page.GetByLabel("Status").FillAsync("418");
        await page.GetByLabel("Body").FillAsync("short and stout: $host");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added route tea. Revision")).ToBeVisibleAsync();

        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var old = await client.GetAsync(console.ProxyUrl + "/old");
        ((int)old.StatusCode, old.Headers.Location!.ToString()).ShouldBe((308, "https://new.example//old"));
        using var tea = await client.GetAsync(console.ProxyUrl + "/tea");
        ((int)tea.StatusCode, await tea.Content.ReadAsStringAsync()).ShouldBe((418, "short and stout: 127.0.0.1"));
    }

    [BrowserFact]
    public async Task WebSocketFields_BadValues_SaySoEachAtItsOwn()
    {
        (string Label, string Text, string Expected)[] bad =
        [
            ("Allowed origins", "https://a.example app.example.com", "app.example.com"),
            ("Allowed subprotocols", "chat.v2 no(token)", "is not a subprotocol"),
            ("WebSockets per client", "-1", "0 (none) or more"),
            ("WebSockets on this route", "many", "not a whole number"),
            ("Handshake timeout", "2h", "to 1h"),
            ("Maximum lifetime", "31d", "0s (unlimited) to 30d"),
            ("Lifetime jitter", "91", "0 to 90 percent"),
            ("Largest message", "10x", "is not a size"),
            ("Messages per second", "-5", "0 (none) or more"),
            ("Ping interval", "500ms", "at least 1s"),
            ("Ping timeout", "0s", "1s to 1h"),
            ("Other upgrades", "tcp h2c", "never let through"),
        ];
        var page = await console.OpenAsync("/routes/new");
        await page.GetByText("Limits, origins, pings").ClickAsync();
        foreach (var (label, text, _) in bad)
            await page.GetByLabel(label, new() { Exact = true }).FillAsync(text);
        foreach (var (label, _, expected) in bad)
            await Assertions.Expect(Field(page, label)).ToContainTextAsync(expected);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Link, new() { Name = "is not a subprotocol" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Allowed subprotocols")).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task WebSocketPolicy_SavedWhileOneIsOpen_HoldsForNewOnesAndForIt()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("echo", backend.Address)], Routes = [Configs.Proxy("guarded", "/guarded", "echo")] }
        );
        using var open = await console.ConnectAsync("/guarded");
        var page = await console.OpenAsync("/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "guarded", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Largest message")).ToBeHiddenAsync();
        await page.GetByText("Limits, origins, pings").ClickAsync();
        await page.GetByLabel("Largest message").FillAsync("1k");
        await page.GetByLabel("WebSockets per client").FillAsync("1");
        await page.GetByLabel("Allowed origins").FillAsync("https://app.example.com\nhttps://*.example.org");
        await page.GetByLabel("Accept handshakes of odd devices").CheckAsync();
        await page.GetByLabel("Other upgrades").FillAsync("tcp SPDY/3.1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Changed route guarded. Revision")).ToBeVisibleAsync();

        // A second one is too many; the open one is held to the new size at once.
        (await Should.ThrowAsync<WebSocketException>(() => console.ConnectAsync("/guarded"))).Message.ShouldContain("429");
        await open.SendAsync(new byte[1025], WebSocketMessageType.Binary, true, RunningConsole.Limit());
        (await RunningConsole.HearCloseAsync(open)).Code.ShouldBe(1009);

        // What is set is open when one comes back, and stands there as it was typed.
        await page.GetByRole(AriaRole.Link, new() { Name = "guarded", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Largest message")).ToHaveValueAsync("1k");
        await Assertions.Expect(page.GetByLabel("Largest message")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Allowed origins")).ToHaveValueAsync("https://app.example.com\nhttps://*.example.org");
        await Assertions.Expect(page.GetByLabel("Accept handshakes of odd devices")).ToBeCheckedAsync();
        await Assertions.Expect(page.GetByLabel("Other upgrades")).ToHaveValueAsync("tcp SPDY/3.1");

        // Emptying the last field does not shut it under the cursor.
        await page.GetByLabel("Largest message").FillAsync("0");
        await page.GetByLabel("WebSockets per client").FillAsync("0");
        await page.GetByLabel("Allowed origins").FillAsync("");
        await Assertions.Expect(page.GetByText("Not saved yet")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Allowed origins")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Drain_Route_NewOnesAre503UntilTheyAreTakenAgain()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("echo", backend.Address)],
                Routes = [Configs.Proxy("busy", "/busy", "echo"), Configs.Proxy("calm", "/calm", "echo")],
            }
        );
        using var open = await console.ConnectAsync("/busy");
        var page = await console.OpenAsync("/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "busy", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("New WebSockets on it are answered 503");
        await Assertions.Expect(dialog).ToContainTextAsync("1 WebSocket is open on it");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drain route" }).ClickAsync();
        var drains = page.GetByRole(AriaRole.Region, new() { Name = "Drains" });
        await Assertions.Expect(drains).ToContainTextAsync("1 of 1 open");
        (await Should.ThrowAsync<WebSocketException>(() => console.ConnectAsync("/busy"))).Message.ShouldContain("503");

        // It has a mark in the list, and a rename ends nothing: the drain goes by another name.
        await page.GetByLabel("Name").FillAsync("renamed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "renamed" })).ToContainTextAsync("draining");
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "calm" })).Not.ToContainTextAsync("draining");
        await page.GetByRole(AriaRole.Link, new() { Name = "Connections" }).First.ClickAsync();
        await Assertions.Expect(drains).ToContainTextAsync("route renamed");
        await drains.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Assertions.Expect(drains).ToHaveCountAsync(0);
        using var again = await console.ConnectAsync("/busy");
        open.State.ShouldBe(WebSocketState.Open);
    }

    [BrowserFact]
    public async Task List_DuplicateSwitchSearchGroup_Work()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")],
                Routes =
                [
                    Configs.Proxy("root", "/", "p") with
                    {
                        Hosts = ["b.example.com"],
                    },
                    Configs.Proxy("late", "/api/v2", "p") with
                    {
                        Hosts = ["b.example.com"],
                    },
                    Configs.Proxy("exact", "/api", "p") with
                    {
                        Hosts = ["b.example.com"],
                        PathKind = PathKind.Exact,
                    },
                    Configs.Proxy("first", "^/x", "p") with
                    {
                        Hosts = ["b.example.com"],
                        PathKind = PathKind.Regex,
                    },
                    Configs.Proxy("second", "^/y", "p") with
                    {
                        Hosts = ["b.example.com"],
                        PathKind = PathKind.Regex,
                    },
                    Configs.Proxy("elsewhere", "/", "p") with
                    {
                        Hosts = ["a.example.com"],
                        Tags = ["blue"],
                    },
                ],
            }
        );
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
        var edits = await page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).AllAsync();
        (await Task.WhenAll(edits.Select(async edit => (await edit.BoundingBoxAsync())?.X)))
            .Distinct()
            .Count()
            .ShouldBe(1, "the same button stands under the same");
        await page.GetByRole(AriaRole.Button, new() { Name = "Move second up" }).ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["elsewhere", "exact", "second", "first", "late", "root"]);

        // Off and, with Undo, on again.
        await page.GetByRole(AriaRole.Switch, new() { Name = "late is on" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Switch, new() { Name = "late is off" })).ToBeVisibleAsync();
        await page.Locator(".toast", new() { HasText = "Switched off route late" })
            .GetByRole(AriaRole.Button, new() { Name = "Undo" })
            .ClickAsync();
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
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")],
                Routes = [Configs.Proxy("wanted", "/", "p") with { Hosts = ["needle.example.com"] }, Configs.Proxy("other", "/other", "p")],
            }
        );
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

    private static ILocator Field(IPage page, string label) =>
        page.Locator(".field", new() { Has = page.GetByLabel(label, new() { Exact = true }) });
}

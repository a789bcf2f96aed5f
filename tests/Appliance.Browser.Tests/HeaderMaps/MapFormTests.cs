using Appliance.Proxy.Headers;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.HeaderMaps;

public sealed class MapFormTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Tester_Value_MarksTheRowThatWinsAndShowsCaptures()
    {
        var page = await console.OpenAsync("/maps/new");
        await page.GetByLabel("Name").FillAsync("$tenant");
        await page.GetByLabel("Source").FillAsync("$host");
        await page.GetByLabel("Pattern").FillAsync("admin.example.com");
        await page.GetByLabel("Value").FillAsync("root");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add row" }).ClickAsync();
        await page.GetByLabel("Compares").Nth(1).SelectOptionAsync(new SelectOptionValue { Label = "Regex" });
        await page.GetByLabel("Pattern").Nth(1).FillAsync(@"^(?<name>\w+)\.example\.com$");
        await page.GetByLabel("Value").Nth(1).FillAsync("tenant-$name");
        await page.GetByLabel("Default").FillAsync("none");

        await page.GetByLabel("Test with").FillAsync("blue.example.com");
        var tester = page.GetByRole(AriaRole.Complementary);
        await Assertions.Expect(tester).ToContainTextAsync("tenant-blue");
        await Assertions.Expect(tester).ToContainTextAsync("$name");
        await Assertions.Expect(page.Locator(".map-row.wins")).ToContainTextAsync("wins");

        // The one that wins stands in the columns of the others.
        foreach (var column in new[] { 1, 2, 3, 4 })
        {
            var edges = await page.Locator($".map-row:not(.columns) > :nth-child({column + 1})")
                .EvaluateAllAsync<double[]>("cells => cells.map(cell => cell.getBoundingClientRect().left)");
            edges.Length.ShouldBe(2);
            edges.ShouldAllBe(edge => Math.Abs(edge - edges[0]) < 1);
        }

        await page.GetByLabel("Test with").FillAsync("ADMIN.example.com");
        await Assertions.Expect(tester).ToContainTextAsync("1: admin.example.com");
        await page.GetByLabel("Test with").FillAsync("elsewhere");
        await Assertions.Expect(tester.Locator(".result")).ToHaveTextAsync("none");
        await Assertions.Expect(page.Locator(".default-row.wins")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Save header map" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added header map $tenant. Revision")).ToBeVisibleAsync();
    }

    [BrowserTheory]
    [InlineData("Name", "$http_upgrade", "choose another name")]
    [InlineData("Source", "$nonsense_here", "does not exist")]
    [InlineData("Default", "$", "variable name is missing")]
    public async Task Field_BadValue_SaysSoAndKeepsTheText(string label, string text, string expected)
    {
        var page = await console.OpenAsync("/maps/new");
        var control = page.GetByLabel(label, new() { Exact = true });
        await control.FillAsync(text);
        await Assertions.Expect(page.Locator(".field", new() { Has = control })).ToContainTextAsync(expected);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save header map" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Not saved");
        await Assertions.Expect(control).ToHaveValueAsync(text);
    }

    [BrowserFact]
    public async Task Rows_BadRegexAndTwice_AreNamedAtTheirRow()
    {
        var page = await console.OpenAsync("/maps/new");
        await page.GetByLabel("Pattern").FillAsync("same");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add row" }).ClickAsync();
        await page.GetByLabel("Pattern").Nth(1).FillAsync("SAME");
        await Assertions.Expect(page.Locator(".map-row").Nth(2)).ToContainTextAsync("stands in the map twice");
        await page.GetByLabel("Compares").Nth(1).SelectOptionAsync(new SelectOptionValue { Label = "Regex" });
        await page.GetByLabel("Pattern").Nth(1).FillAsync("(");
        await Assertions.Expect(page.Locator(".map-row").Nth(2)).ToContainTextAsync("not valid");
        await page.GetByLabel("Compares").Nth(1).SelectOptionAsync(new SelectOptionValue { Label = "Host mask" });
        await page.GetByLabel("Pattern").Nth(1).FillAsync("a*b");
        await Assertions.Expect(page.Locator(".map-row").Nth(2)).ToContainTextAsync("invalid hostname or wildcard");
    }

    // The pointer wanders over other rows and back: only where the row is let go counts, however late the page hears of the rest.
    [BrowserTheory]
    [InlineData(2, 0, "third first second")]
    [InlineData(0, 2, "second third first")]
    [InlineData(1, 1, "first second third")]
    public async Task Rows_DraggedRegex_TakesThePlaceWhereItIsLetGo(int from, int to, string expected)
    {
        var page = await console.OpenAsync("/maps/new");
        foreach (var (pattern, at) in new[] { "first", "second", "third" }.Select((pattern, at) => (pattern, at)))
        {
            if (at > 0)
                await page.GetByRole(AriaRole.Button, new() { Name = "Add row" }).ClickAsync();
            await page.GetByLabel("Pattern").Nth(at).FillAsync(pattern);
        }

        var grips = page.Locator(".map-row .grip");
        await GripAsync(page, grips.Nth(from));
        foreach (var at in new[] { 1, to, 1, 0, 2, to })
        {
            var box = (await grips.Nth(at).BoundingBoxAsync())!;
            await page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2), new() { Steps = 3 });
        }

        await page.Mouse.UpAsync();
        await OrderAsync();

        // Only now: a click while the browser still has a row in its hand comes to nothing.
        await page.GetByRole(AriaRole.Button, new() { Name = "Add row" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Pattern")).ToHaveCountAsync(4);
        await OrderAsync();

        async Task OrderAsync()
        {
            foreach (var (pattern, at) in expected.Split(' ').Select((pattern, at) => (pattern, at)))
                await Assertions.Expect(page.GetByLabel("Pattern").Nth(at)).ToHaveValueAsync(pattern);
        }
    }

    // Rows move while the page hears of what was typed: the pointer is put down again until the page has a row in its hand.
    private static async Task GripAsync(IPage page, ILocator grip)
    {
        for (var tries = 1; ; tries++)
        {
            await grip.HoverAsync();
            var box = (await grip.BoundingBoxAsync())!;
            await page.Mouse.DownAsync();
            await page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2) + 4, new() { Steps = 4 });
            try
            {
                await Assertions.Expect(page.Locator(".map-row.dragged")).ToHaveCountAsync(1, new() { Timeout = 10_000 });
                return;
            }
            catch (PlaywrightException) when (tries < 5)
            {
                await page.Mouse.UpAsync();
            }
        }
    }

    [BrowserFact]
    public async Task RenameAndDelete_MapInUse_UsersFollowOrAreNamed()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")],
                HeaderMaps =
                [
                    new()
                    {
                        Name = "$old",
                        Source = "$host",
                        Default = "x",
                    },
                ],
                Routes =
                [
                    Configs.Proxy("reader", "/", "p") with
                    {
                        RequestHeaders = [new HeaderRule { Name = "X-Old", Value = "a ${old} b $$old" }],
                    },
                ],
            }
        );
        var page = await console.OpenAsync("/maps");
        await page.GetByRole(AriaRole.Link, new() { Name = "$old", Exact = true }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("$new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save header map" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Changed header map $new. Revision")).ToBeVisibleAsync();
        var (_, output, _) = await console.Process.RunAsync("export");
        output.ShouldContain("a ${new} b $$old");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete $new" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("route reader");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "$new", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task EmptyList_Example_IsAddedByOneButton()
    {
        await console.ApplyAsync(new());
        var page = await console.OpenAsync("/maps");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add $connection_upgrade" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "$connection_upgrade", Exact = true })).ToBeVisibleAsync();
    }
}

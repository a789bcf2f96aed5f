using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.History;

/// <summary>Earlier revisions in the console: compared, taken back, brought back.</summary>
public sealed class RollbackTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task History_OfChanges_ComesBackWholeAndItemByItem()
    {
        var pool = Configs.Pool("back", "http://127.0.0.1:9");
        var (one, two) = (Configs.Proxy("one", "/one", "back"), Configs.Proxy("two", "/two", "back"));
        await console.ApplyAsync(new() { UpstreamPools = [pool], Routes = [one, two] });
        var first = await HeadAsync();
        await console.ApplyAsync(new() { UpstreamPools = [pool], Routes = [one with { Path = "/first" }] });
        await console.ApplyAsync(new() { UpstreamPools = [pool], Routes = [one with { Path = "/second" }] });

        // 1. Single items: the route that is gone comes back, and nothing else changes.
        var page = await console.OpenAsync($"/history/{first + 1}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Bring it back: route two" }).ClickAsync();
        await Assertions.Expect(page.GetByText($"Brought back two of revision {first}. Revision {first + 3} is live.")).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/history");

        // 2. A revision is taken back while nobody changed its items since; else that is said.
        await page.GotoAsync($"{console.Url}/history/{first + 1}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take back this revision", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("the same item was changed since")).ToBeVisibleAsync();

        // 3. The whole of an earlier one, seen before.
        await page.GotoAsync($"{console.Url}/history/{first}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Go back to this revision" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"Go back to revision {first}" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#changes .change")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#changes")).ToContainTextAsync("/second");
        await page.GetByLabel("Comment").FillAsync("the second was wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = $"Go back to revision {first}", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText($"Back to revision {first}. Revision {first + 4} is live.")).ToBeVisibleAsync();
        var newest = page.Locator(".history tbody tr").First;
        await Assertions.Expect(newest).ToContainTextAsync("the second was wrong");
        await Assertions.Expect(newest).ToContainTextAsync("rollback");

        // 4. Any two are compared; what is no revision is said.
        await page.GetByRole(AriaRole.Link, new() { Name = "Compare" }).ClickAsync();
        await page.GetByLabel("From revision").FillAsync($"{first}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("Nothing differs")).ToBeVisibleAsync();
        await page.GetByLabel("To revision").FillAsync("4711");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no revision 4711.");
        await page.GetByLabel("To revision").FillAsync($"{first + 2}");
        await page.GetByLabel("To revision").PressAsync("Enter");
        await Assertions.Expect(page.Locator("#changes .change")).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task GoBack_SomebodySavedMeanwhile_LooksAgain()
    {
        var pool = Configs.Pool("race", "http://127.0.0.1:9");
        await console.ApplyAsync(new() { UpstreamPools = [pool] });
        var first = await HeadAsync();
        await console.ApplyAsync(new() { UpstreamPools = [pool], Routes = [Configs.Proxy("late", "/late", "race")] });
        var page = await console.OpenAsync($"/history/compare?to={first}");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = $"Go back to revision {first}", Exact = true }))
            .ToBeVisibleAsync();
        await console.ApplyAsync(new() { UpstreamPools = [pool], Routes = [Configs.Proxy("later", "/later", "race")] });
        await page.GetByRole(AriaRole.Button, new() { Name = $"Go back to revision {first}", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("somebody saved another revision a moment ago")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#changes")).ToContainTextAsync("later");
    }

    private async Task<long> HeadAsync()
    {
        var lines = (await console.Process.RunAsync("revisions", "--json")).Output;
        return System.Text.Json.JsonDocument.Parse(lines).RootElement[0].GetProperty("revision").GetInt64();
    }
}

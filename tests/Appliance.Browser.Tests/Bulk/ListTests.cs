using System.Text.RegularExpressions;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Bulk;

/// <summary>Lists: what is shown stands in the address, and several rows are changed at once.</summary>
public sealed class ListTests(RunningConsole console) : IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Bulk_RoutesAndPools_AreTaggedFilteredSwitchedAndDeletedInOneRevisionEach()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("used", "http://127.0.0.1:1"), Configs.Pool("spare", "http://127.0.0.1:2")],
                Routes =
                [
                    Configs.Proxy("first", "/1", "used"),
                    Configs.Proxy("second", "/2", "used"),
                    Configs.Proxy("third", "/3", "used"),
                ],
            }
        );
        var page = await console.OpenAsync("/routes");
        var bar = page.GetByRole(AriaRole.Group, new() { Name = "Selected rows" });
        await page.GetByLabel("Select first").CheckAsync();
        await page.GetByLabel("Select third").CheckAsync();
        await Assertions.Expect(bar).ToContainTextAsync("2 routes selected");
        await bar.GetByRole(AriaRole.Button, new() { Name = "Add tag" }).ClickAsync();

        var question = page.GetByRole(AriaRole.Dialog);
        await question.GetByLabel("Tag").FillAsync("odd");
        await question.GetByRole(AriaRole.Button, new() { Name = "Add tag" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Tagged odd: 2 routes: first, third. Revision")).ToBeVisibleAsync();

        // A tag filters, and the address says so.
        await page.GetByRole(AriaRole.Button, new() { Name = "odd", Exact = true }).First.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/routes?tag=odd");
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["first", "third"]);
        await bar.GetByRole(AriaRole.Button, new() { Name = "Switch off" }).ClickAsync();
        await page.Locator(".mud-dialog").GetByRole(AriaRole.Button, new() { Name = "Switch off" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Switch, new() { Name = "third is off" })).ToBeVisibleAsync();
        await page.GoBackAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["first", "second", "third"]);

        await bar.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete 2 routes" }).ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["second"]);
        await page.Locator(".toast", new() { HasText = "Deleted 2 routes" })
            .GetByRole(AriaRole.Button, new() { Name = "Undo" })
            .ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["first", "second", "third"]);

        await page.GotoAsync(console.Url + "/pools");
        await page.GetByLabel("Select this page").CheckAsync();
        await bar.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("used: 3 routes: first, second, third");
        var findings = new List<string>();
        await PageLook.TakeAsync(page, "bulk-delete", "wide-light", findings);
        findings.ShouldBeEmpty();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete 1 pool" }).ClickAsync();
        await Assertions.Expect(Names(page)).ToHaveTextAsync(["used"]);
        var (_, output, _) = await console.Process.RunAsync("revisions");
        output.ShouldContain("Deleted 2 routes: first, third");
    }

    [BrowserFact]
    public async Task Routes_SearchSortGroupAndPage_AreOpenedFromTheirAddressAndTakenBack()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("many", "http://127.0.0.1:1")],
                Routes = [.. Enumerable.Range(100, 120).Select(number => Configs.Proxy($"r{number}", $"/{number}", "many"))],
            }
        );
        var page = await console.OpenAsync("/routes?q=r&sort=-name&page=2");
        await Assertions.Expect(page.Locator(".pager")).ToContainTextAsync("51–100 of 120");
        await Assertions.Expect(Names(page).First).ToHaveTextAsync("r169");
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox, new() { Name = "Search" })).ToHaveValueAsync("r");
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/routes?q=r&sort=-name&page=3");
        await page.GoBackAsync();
        await Assertions.Expect(page.Locator(".pager")).ToContainTextAsync("51–100 of 120");

        // Letters replace the address: one step back leads past all of them.
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search" }).PressAsync("End");
        await page.Keyboard.TypeAsync("21");
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/routes?q=r21&sort=-name");
        await page.GetByLabel("Group by host").CheckAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("group=host"));
        await page.GoBackAsync();
        await Assertions.Expect(page.GetByLabel("Group by host")).Not.ToBeCheckedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox, new() { Name = "Search" })).ToHaveValueAsync("r21");
    }

    private static ILocator Names(IPage page) => page.Locator("td[data-label=Name] a");
}

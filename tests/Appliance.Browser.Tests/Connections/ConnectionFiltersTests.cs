using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

[Collection(ConnectionsConsole.Name)]
public sealed class ConnectionFiltersTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Filters_StandInTheAddress_AndShowTheSameToWhoeverOpensIt()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("filtered", backend.Address)],
                Routes = [Configs.Proxy("red", "/red", "filtered"), Configs.Proxy("blue", "/blue", "filtered")],
            }
        );
        using var red = await console.ConnectAsync("/red/1");
        using var second = await console.ConnectAsync("/red/2");
        using var blue = await console.ConnectAsync("/blue/3");
        var page = await console.OpenAsync("/connections?route=red");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(2);
        await Assertions.Expect(page.Filter("Route")).ToHaveValueAsync("red");

        // Chosen in the page, it goes into the address; newest first.
        await page.Filter("Route").SelectOptionAsync("any");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(3);
        await Assertions.Expect(page.Rows().First).ToContainTextAsync("/blue/3");
        await page.Filter("Client").FillAsync("127.0.0.0/8");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Search").FillAsync("/red");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(2);
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/connections?q=%2Fred&client=127.0.0.0%2F8");
        await page.ReloadAsync();
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(2);
        await Assertions.Expect(page.GetByLabel("Search")).ToHaveValueAsync("/red");

        // A filter that cannot be read says so, and means nothing: nothing can be closed by half of it.
        await page.GetByLabel("Idle at least").FillAsync("soon");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("A time such as 30s, 5m or 2h.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Idle at least")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(0);
        await page.GetByLabel("Idle at least").FillAsync("1h");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No matching open WebSockets" })).ToBeVisibleAsync();
        await page.Button("Clear filters").First.ClickAsync();
        await Assertions.Expect(page.Rows()).ToHaveCountAsync(3);
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/connections");
    }

    [BrowserFact]
    public async Task Columns_Chosen_AreRememberedByTheBrowserAndSort()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("columns", backend.Address)], Routes = [Configs.Proxy("columns", "/columns", "columns")] }
        );
        using var first = await console.ConnectAsync("/columns/a");
        using var second = await console.ConnectAsync("/columns/b");
        var page = await console.OpenAsync("/connections?route=columns");
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Pings" })).ToHaveCountAsync(0);
        await page.Locator("summary", new() { HasText = "Columns" }).ClickAsync();
        await page.GetByLabel("Pings").CheckAsync();
        await page.GetByLabel("Compression").CheckAsync();
        await page.GetByLabel("Idle", new() { Exact = true }).UncheckAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByLabel("Pings")).ToBeHiddenAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Pings" })).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Pings" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Idle" })).ToHaveCountAsync(0);
        await Assertions.Expect(page.Rows().First.Locator("td[data-label=Compression]")).ToHaveTextAsync("none");

        // Texts from A on, then from Z on, then the newest first again.
        await page.Button("Host and path").ClickAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Host and path" }))
            .ToHaveAttributeAsync("aria-sort", "ascending");
        await Assertions.Expect(page.Rows().First).ToContainTextAsync("/columns/a");
        await page.Button("Host and path").ClickAsync();
        await Assertions.Expect(page.Rows().First).ToContainTextAsync("/columns/b");
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/connections?route=columns&sort=-path");
    }
}

using Appliance.Browser.Tests.Connections;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Frame;

/// <summary>Where the keyboard is when a question opens, and once it is answered.</summary>
[Collection(ConnectionsConsole.Name)]
public sealed class FocusTests(RunningConsole console) : ConsoleTests(console)
{
    [BrowserFact]
    public async Task Questions_Opened_HaveTheCursorInTheirFirstFieldOrButton()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("asked", backend.Address) with { Tags = ["shop"] }, Configs.Pool("other", backend.Address)],
                Routes = [Configs.Proxy("asked", "/asked", "asked")],
            }
        );
        using var socket = await console.ConnectAsync("/asked");
        var page = await console.OpenAsync("/connections?route=asked");
        await page.Button("Close connection").PressAsync("Enter");
        await ExpectInAsync(page, page.Question().GetByLabel("Close code"));

        await page.GotoAsync(console.Url + "/pools");
        await page.Button("Delete asked").PressAsync("Enter");
        await ExpectInAsync(page, page.Question().GetByLabel("Move them to"));
        await page.Button("Delete other").PressAsync("Enter");
        await ExpectInAsync(page, page.Question().GetByRole(AriaRole.Button, new() { Name = "Cancel" }));
        await page.GetByLabel("Select asked").CheckAsync();
        await page.Button("Remove tag").PressAsync("Enter");
        await ExpectInAsync(page, page.Question().GetByLabel("Tag"));
        await page.Button("Add tag").PressAsync("Enter");
        await ExpectInAsync(page, page.Question().GetByLabel("Tag"));

        await page.GetByRole(AriaRole.Link, new() { Name = "asked", Exact = true }).ClickAsync();
        await page.Button("Drain").First.PressAsync("Enter");
        await ExpectInAsync(page, page.Question().GetByLabel("Open WebSockets"));
    }

    [BrowserFact]
    public async Task Answered_TheFocusIsOnItsButton_OrOnTheHeadingWhenThatIsGone()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("backend", "http://127.0.0.1:1")],
                Routes = [Configs.Proxy("one", "/one"), Configs.Proxy("two", "/two")],
            }
        );
        var page = await console.OpenAsync("/routes");
        await page.GetByLabel("Select one").CheckAsync();
        await page.Button("Add tag").PressAsync("Enter");
        await Assertions.Expect(page.Question().GetByLabel("Tag")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("shop");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".toast")).ToContainTextAsync("Tagged shop");
        await Assertions.Expect(page.Button("Add tag")).ToBeFocusedAsync();

        await page.Button("Delete two").PressAsync("Enter");
        await page.Question().GetByRole(AriaRole.Button, new() { Name = "Delete route" }).PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes" })).ToBeFocusedAsync();

        // What is pressed may be gone without any question, too.
        await page.Locator(".toast", new() { HasText = "Deleted route two" })
            .GetByRole(AriaRole.Button, new() { Name = "Undo" })
            .PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes" })).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task NarrowNavigation_Open_KeepsTheKeyboardUntilEscape()
    {
        var page = await console.OpenAsync("/routes", width: 390, height: 844);
        var button = page.Button("Navigation");

        // It is open until the page knows how wide the window is.
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-expanded", "false");
        await button.PressAsync("Enter");
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-expanded", "true");
        await page.Keyboard.PressAsync("Shift+Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Audit" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(button).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-expanded", "false");
        await Assertions.Expect(button).ToBeFocusedAsync();
    }

    private static async Task ExpectInAsync(IPage page, ILocator control)
    {
        await Assertions.Expect(control).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Question()).ToHaveCountAsync(0);
    }
}

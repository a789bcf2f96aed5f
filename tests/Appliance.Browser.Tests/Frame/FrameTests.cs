using System.Text.RegularExpressions;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Frame;

/// <summary>What is around every page: the search, the account menu, and the buttons that show a password.</summary>
public sealed class FrameTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task TopSearch_DeedsAndPages_AreFoundChosenByKeysAndDone()
    {
        await console.ApplyAsync(new() { UpstreamPools = [Configs.Pool("darkroom", "http://127.0.0.1:1")] });
        var page = await console.OpenAsync("/");
        var search = page.GetByLabel("Find anything");
        await search.FocusAsync();
        await page.Keyboard.TypeAsync("dark");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Group, new() { Name = "Items" }).GetByRole(AriaRole.Option))
            .ToHaveTextAsync(new Regex("darkroom"));
        await page.Keyboard.PressAsync("End");
        await Assertions.Expect(page.GetByRole(AriaRole.Option, new() { Selected = true })).ToHaveTextAsync(new Regex("Dark theme"));
        await page.Keyboard.PressAsync("Home");
        await Assertions.Expect(page.GetByRole(AriaRole.Option, new() { Selected = true })).ToHaveTextAsync(new Regex("darkroom"));
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Assertions.Expect(search).ToHaveValueAsync("");
        await Assertions.Expect(search).ToBeFocusedAsync();

        await page.Keyboard.TypeAsync("add rou");
        await Assertions.Expect(page.GetByRole(AriaRole.Option, new() { Name = "Add route" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Option)).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/routes/new");
        await Assertions.Expect(search).ToHaveValueAsync("");

        // A new page takes the focus to its heading, which would close the list.
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "New route" })).ToBeFocusedAsync();
        await search.FillAsync("two-factor");
        await page.GetByRole(AriaRole.Option, new() { Name = "Two-factor authentication" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/account#second-factor");
    }

    [BrowserFact]
    public async Task TopSearch_IdOfARequest_LeadsToItsRequests()
    {
        await console.ApplyAsync(new());
        var answer = await RawHttp.GetAsync(console.Process.HttpPort, "/nowhere");
        var id = Regex.Match(answer.Body, "[0-9a-f]{32}").Value;
        var page = await console.OpenAsync("/");
        await page.GetByLabel("Find anything").FillAsync(id);
        await page.GetByRole(AriaRole.Option, new() { Name = "Requests with this ID" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync($"{console.Url}/requests?q={id}");
        await Assertions.Expect(page.Locator(".requests tbody tr")).ToHaveCountAsync(1);
    }

    [BrowserTheory]
    [InlineData(1400, 900)]
    [InlineData(390, 844)]
    public async Task PageFailed_ItsLineIsABarAtTheEdge(int width, int height)
    {
        var page = await console.OpenAsync("/about", width, height);
        await page.EvaluateAsync("document.getElementById('blazor-error-ui').style.display = 'block'");
        var bar = (await page.Locator("#blazor-error-ui").BoundingBoxAsync()).ShouldNotBeNull();
        bar.Y.ShouldBeInRange(0, 20);
        bar.Height.ShouldBeInRange(20, 80);
        (bar.X + bar.Width).ShouldBeLessThanOrEqualTo(width);
        await Assertions.Expect(page.Locator("#blazor-error-ui").GetByRole(AriaRole.Link, new() { Name = "Reload" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task AccountMenu_ByKeyboard_SetsTheThemeLeadsToAboutAndSignsOut()
    {
        // A session of its own: this one is ended.
        var page = await console.StrangerAsync("/sign-in");
        await console.SignInAsync(page);

        // A new page takes the focus to its heading, which would close the menu.
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeFocusedAsync();
        var menu = page.Locator("summary.person");
        await menu.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = "System", Exact = true }))
            .ToHaveAttributeAsync("aria-pressed", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true }).PressAsync("Enter");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true }))
            .ToHaveAttributeAsync("aria-pressed", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "System", Exact = true }).PressAsync("Enter");
        await Assertions.Expect(page.Locator("html")).Not.ToHaveAttributeAsync("data-theme", new Regex("."));
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(menu).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "About Appliance" })).ToBeHiddenAsync();

        await menu.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "About Appliance" }).ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("SQLite 3");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeHiddenAsync();
        var findings = new List<string>();
        await PageLook.TakeAsync(page, "about", "wide-light", findings);
        findings.ShouldBeEmpty();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Copied" })).ToBeVisibleAsync();

        await menu.ClickAsync();
        await PageLook.TakeAsync(page, "account-menu", "wide-light", findings);
        findings.ShouldBeEmpty();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/sign-in");
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/sign-in"));
    }

    [BrowserFact]
    public async Task ShowPassword_OnAPlainPage_ShowsItSaysItsStateAndHidesItBeforeItIsSent()
    {
        var page = await console.StrangerAsync("/sign-in");
        var password = page.GetByLabel("Password");
        var button = page.GetByRole(AriaRole.Button, new() { Name = "Show password" });
        await password.FillAsync("not this one");
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
        await button.PressAsync("Space");
        await Assertions.Expect(password).ToHaveAttributeAsync("type", "text");
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "true");
        await button.ClickAsync();
        await Assertions.Expect(password).ToHaveAttributeAsync("type", "password");
        await button.ClickAsync();

        // The form is held for a moment: what the browser would send is a password field again.
        await page.EvaluateAsync(
            "() => addEventListener('submit', event => { event.preventDefault(); document.title = "
                + "document.getElementById('password').type; }, { once: true })"
        );
        await page.GetByLabel("User name").FillAsync(RunningConsole.User);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("password");
        await password.FillAsync(RunningConsole.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
    }
}

using Microsoft.Playwright;

namespace Appliance.Browser.Tests.People;

/// <summary>API tokens in the console: made, shown once, copied, listed, revoked.</summary>
public sealed class TokensTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Token_IsShownOnceCopiedListedAndRevoked()
    {
        var findings = new List<string>();
        var page = await console.OpenAsync("/people");
        await page.GetByRole(AriaRole.Link, new() { Name = "API tokens" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Programs use the API with a token")).ToBeVisibleAsync();
        await PageLook.TakeAsync(page, "tokens-none", "wide-light", findings);
        await page.GetByRole(AriaRole.Link, new() { Name = "Make token" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToBeVisibleAsync();

        // Before anything is pressed: the wave in a pressed button is wider than the button.
        await PageLook.TakeAsync(page, "token-new", "wide-light", findings);
        await page.GetByLabel("Name").FillAsync("not a name");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make token" }).ClickAsync();
        await Assertions.Expect(page.GetByText("A token's name has").First).ToBeVisibleAsync();
        await page.GetByLabel("Name").FillAsync("ci");
        await page.GetByLabel("Write").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make token" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions
            .Expect(dialog.Locator("#given-token"))
            .ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^apl_[A-Za-z0-9_-]{43}$"));
        var text = await dialog.Locator("#given-token").TextContentAsync();
        await Assertions.Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Copy" })).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Revoke ci" })).ToBeVisibleAsync();
        (await page.ContentAsync()).ShouldNotContain(text!); // it was shown
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var other = await console.OpenAsync("/people/tokens", width, height, scheme);
            await Assertions.Expect(other.GetByText("read, write")).ToBeVisibleAsync();
            await PageLook.TakeAsync(other, "tokens", look, findings);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke ci" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke token" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Programs use the API with a token")).ToBeVisibleAsync();
        findings.ShouldBeEmpty();
    }
}

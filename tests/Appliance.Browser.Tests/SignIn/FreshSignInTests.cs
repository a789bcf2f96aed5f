using Appliance.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

/// <summary>People's accounts are not changed at a page that somebody left open: an old sign-in is renewed first.</summary>
public sealed class FreshSignInTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task OldSignIn_OnAPerson_IsConfirmedByThePasswordFirst()
    {
        var page = await console.OpenAsync("/people");
        await using (var db = new ContextFactory(Path.Combine(console.Process.Data, "appliance.db")).CreateDbContext())
            await db.Sessions.ExecuteUpdateAsync(set => set.SetProperty(one => one.ProvedUtc, DateTime.UtcNow.AddHours(-1)));

        // The page asks the database anew, within a few seconds.
        var confirm = page.GetByRole(AriaRole.Link, new() { Name = "Confirm that it is you" });
        for (var tries = 0; tries < 30 && !await confirm.IsVisibleAsync(); tries++)
        {
            await page.GotoAsync(console.Url + "/people/new");
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add person" })).ToBeVisibleAsync();
        }

        await Assertions.Expect(page.GetByLabel("User name")).ToBeDisabledAsync();
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            await page.SetViewportSizeAsync(width, height);
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await PageLook.TakeAsync(page, "people-confirm", look, findings);
        }

        findings.ShouldBeEmpty();
        await confirm.ClickAsync();
        await page.GetByLabel("Password of").FillAsync("wrong password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
        await page.GetByLabel("Password of").FillAsync(RunningConsole.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "New person" })).ToBeVisibleAsync();
        await page.GetByLabel("User name").FillAsync("carla");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The password of carla")).ToBeVisibleAsync();
    }
}

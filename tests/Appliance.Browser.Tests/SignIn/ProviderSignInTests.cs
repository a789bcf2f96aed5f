using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

/// <summary>Sign-in by a certified provider in a real browser, in the order of a working day.</summary>
public sealed class ProviderSignInTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    [BrowserFact]
    public async Task SignIn_ByTheProvider_BringsOneToThePageOneWantedAndBackOut()
    {
        var page = await console.StrangerAsync("/routes");
        await ConsoleWithProvider.SignInAsync(page, "olga");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();

        // The sign-out ends the provider's session, too: the next sign-in asks for the name again.
        await page.GotoAsync(console.Url + "/account");
        await Assertions.Expect(page.GetByText("olga").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, sign me out" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("here and at the provider");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Staff" }).ClickAsync();
        await Assertions.Expect(page.Locator("input[name=login]")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task SignIn_WithoutARole_SaysWhatToDo()
    {
        var page = await console.StrangerAsync("/");
        await ConsoleWithProvider.SignInAsync(page, "nora");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no rule gives you a role");
        await Assertions.Expect(page.GetByLabel("Password")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task SignIn_Cancelled_SaysSo()
    {
        var page = await console.StrangerAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Staff" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("access_denied");
    }

    [BrowserFact]
    public async Task Logout_AtTheProvider_EndsAnOpenPage()
    {
        var page = await console.StrangerAsync("/");
        await ConsoleWithProvider.SignInAsync(page, "tom");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync(console.Provider.Address + "/session/end");
        await other.GetByRole(AriaRole.Button, new() { Name = "Yes, sign me out" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Keys_RolledOverAtTheProvider_TheNextSignInWorks()
    {
        var page = await console.StrangerAsync("/");
        await ConsoleWithProvider.SignInAsync(page, "ann");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        using var client = new HttpClient();
        (await client.GetStringAsync(console.Provider.Address + "/control/rollover")).ShouldBe("rolled over");
        var after = await console.StrangerAsync("/");
        await ConsoleWithProvider.SignInAsync(after, "ann");
        await Assertions.Expect(after.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Trial_ShowsEveryStepTheClaimsAndTheRule()
    {
        var page = await console.StrangerAsync("/people/sign-in-providers");
        await ConsoleWithProvider.SignInAsync(page, "ann");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign-in providers" })).ToBeVisibleAsync();
        (await page.ContentAsync()).ShouldNotContain("the secret of the console");
        await page.GetByRole(AriaRole.Link, new() { Name = "Try sign-in with Staff" }).ClickAsync();
        var trial = page.GetByRole(AriaRole.Region, new() { Name = "Trial with Staff" });
        foreach (var step in new[] { "Redirect", "Discovery", "Code", "Tokens", "Signature", "Id token", "User information", "Role" })
            await Assertions.Expect(trial.Locator(".trial-steps .state.good", new() { HasText = step })).ToBeVisibleAsync();
        await Assertions.Expect(trial.GetByRole(AriaRole.Status)).ToContainTextAsync("Rule 1 gives the role Administrator");
        await Assertions
            .Expect(trial.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("preferred_username") }))
            .ToContainTextAsync("ann");

        // The tester begins with the claims of the trial; others can be tried.
        var tester = page.GetByRole(AriaRole.Region, new() { Name = "Try the rules" });
        await Assertions.Expect(tester.GetByLabel("Claims as JSON")).ToHaveValueAsync(new Regex("admins"));
        await tester.GetByLabel("Claims as JSON").FillAsync("""{ "groups": ["team-a"] }""");
        await Assertions
            .Expect(tester.GetByRole(AriaRole.Status))
            .ToContainTextAsync("Rule 3 gives the role Operator for host:*.a.example.com");
        await tester.GetByLabel("Claims as JSON").FillAsync("""{ "groups": [""");
        await Assertions.Expect(tester.GetByText("This is not JSON")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Pages_BothThemesWideAndNarrow_LookRight()
    {
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.StrangerAsync("/people/sign-in-providers", width, height, scheme);
            await PageLook.TakeAsync(page, "sign-in-provider", look, findings);
            await page.GotoAsync(console.Url + "/sign-in?refused=provider_away&provider=1");
            await PageLook.TakeAsync(page, "sign-in-provider-away", look, findings);
            await page.GotoAsync(console.Url + "/people/sign-in-providers");
            await ConsoleWithProvider.SignInAsync(page, "ann");
            await page.GetByRole(AriaRole.Link, new() { Name = "Try sign-in with Staff" }).ClickAsync();
            await Assertions
                .Expect(page.GetByRole(AriaRole.Region, new() { Name = "Trial with Staff" }).GetByRole(AriaRole.Status))
                .ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "sign-in-providers", look, findings);
        }

        findings.ShouldBeEmpty();
    }
}

/// <summary>What ends the provider.</summary>
public sealed class ProviderAwayTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    [BrowserFact]
    public async Task SignIn_ProviderIsDown_SaysSoAndALocalAccountComesIn()
    {
        await console.Provider.StopAsync();
        var page = await console.StrangerAsync("/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Staff" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The provider could not be reached");
        await page.GetByLabel("User name").FillAsync(RunningConsole.User);
        await page.GetByLabel("Password").FillAsync(RunningConsole.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
    }
}

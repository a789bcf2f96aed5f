using Appliance.Browser.Tests.People;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

public sealed class SecondFactorTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task SecondFactor_SetUp_IsAskedForAndTakesCodesOnce()
    {
        // 1. Set up, with ten codes for the day the phone is gone.
        var page = await SomebodyElse.SignedInAsync(console, "ines", "/account");
        var (secret, recovery) = await SomebodyElse.SetUpSecondFactorAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "I have saved them" }).ClickAsync();
        await Assertions.Expect(page.Locator("#second-factor")).ToContainTextAsync("10 recovery codes are left");

        // 2. The password is not enough; a code of the app is, once. The set-up used this step's, so the next one's is taken.
        var other = await console.StrangerAsync("/sign-in?to=/routes");
        var code = SomebodyElse.CodeOf(secret, 1);
        await PasswordAsync(other, "ines");
        await CodeAsync(other, code);
        await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
        var third = await console.StrangerAsync("/sign-in");
        await PasswordAsync(third, "ines");
        await CodeAsync(third, code);
        await Assertions.Expect(third.GetByRole(AriaRole.Alert)).ToContainTextAsync("used already");

        // 3. A recovery code, once.
        await CodeAsync(third, recovery[4].ToUpperInvariant());
        await Assertions.Expect(third.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        await third.GotoAsync(console.Url + "/account");
        await Assertions.Expect(third.Locator("#second-factor")).ToContainTextAsync("9 recovery codes are left");

        // 4. New ones and off take the password.
        await third.GetByLabel("Password, to change this").FillAsync("a wrong one");
        await third.GetByRole(AriaRole.Button, new() { Name = "New recovery codes" }).ClickAsync();
        await Assertions.Expect(third.GetByRole(AriaRole.Alert)).ToContainTextAsync("current password is wrong");
        await third.GetByLabel("Password, to change this").FillAsync(SomebodyElse.Password);
        await third.GetByRole(AriaRole.Button, new() { Name = "New recovery codes" }).ClickAsync();
        (await third.Locator("#recovery-codes").TextContentAsync()).ShouldNotBeNull().ShouldNotContain(recovery[0]);
        await third.GetByRole(AriaRole.Link, new() { Name = "I have saved them" }).ClickAsync();
        await third.GetByLabel("Password, to change this").FillAsync(SomebodyElse.Password);
        await third.GetByRole(AriaRole.Button, new() { Name = "Turn off" }).ClickAsync();
        await Assertions.Expect(third.GetByRole(AriaRole.Status)).ToContainTextAsync("The second factor is off");
        var last = await console.StrangerAsync("/sign-in");
        await console.SignInAsync(last, "ines", SomebodyElse.Password);
    }

    [BrowserFact]
    public async Task SecondFactor_WrongCodes_LockUntilAnAdministratorHelps()
    {
        var page = await SomebodyElse.SignedInAsync(console, "jonas", "/account");
        var (_, recovery) = await SomebodyElse.SetUpSecondFactorAsync(page);
        var other = await console.StrangerAsync("/sign-in");
        await PasswordAsync(other, "jonas");
        for (var guess = 0; guess < 5; guess++)
        {
            await CodeAsync(other, $"wrong {guess}");
            await Assertions.Expect(other.GetByLabel("Code")).ToHaveValueAsync("");
        }

        await Assertions
            .Expect(other.GetByRole(AriaRole.Alert))
            .ToContainTextAsync("Too many wrong codes: this account is locked. Try again in 5 minutes");
        await CodeAsync(other, recovery[0]);
        await Assertions.Expect(other.GetByRole(AriaRole.Alert)).ToContainTextAsync("locked");

        // The administrator sees it, gives a new password, which lifts the lock, and takes the second factor away.
        var admin = await console.OpenAsync("/people");
        await Assertions.Expect(admin.GetByRole(AriaRole.Row, new() { Name = "jonas" })).ToContainTextAsync("locked for");
        await admin.GetByRole(AriaRole.Link, new() { Name = "jonas", Exact = true }).ClickAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Take away" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Take away" }).ClickAsync();
        await Assertions.Expect(admin.GetByText("jonas has no second factor now")).ToBeVisibleAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Reset password" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Reset password" }).ClickAsync();
        var given = await admin.Locator("#given-password").TextContentAsync();
        await other.GetByRole(AriaRole.Link, new() { Name = "Sign in as somebody else" }).ClickAsync();
        await SomebodyElse.TypeAsync(other, "jonas", given!);
        await Assertions.Expect(other.GetByLabel("New password")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task OwnSessions_EndOneAndAllOthers_EndThoseOnly()
    {
        var page = await SomebodyElse.SignedInAsync(console, "kira", "/account");
        var others = new List<IPage>();
        for (var number = 0; number < 3; number++)
        {
            others.Add(await console.StrangerAsync("/sign-in"));
            await console.SignInAsync(others[^1], "kira", SomebodyElse.Password);
            await Assertions.Expect(others[^1].GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        }

        await page.ReloadAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(5);
        await Assertions.Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "this one" })).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "End the session" }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The session has ended");
        await Assertions.Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        await page.GetByRole(AriaRole.Button, new() { Name = "End all others" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        foreach (var other in others)
            await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
    }

    private static async Task PasswordAsync(IPage page, string name)
    {
        await SomebodyElse.TypeAsync(page, name, SomebodyElse.Password);
        await Assertions.Expect(page.GetByLabel("Code")).ToBeVisibleAsync();
    }

    private static async Task CodeAsync(IPage page, string code)
    {
        await page.GetByLabel("Code").FillAsync(code);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }
}

using Microsoft.Playwright;

namespace Appliance.Browser.Tests.People;

public sealed class PeopleTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Add_NamesAndPasswordsOfNobody_AreRefusedAtTheField()
    {
        var page = await console.OpenAsync("/people/new");
        foreach (
            var (name, because) in new[]
            {
                ("\u0430dmin", "one alphabet"),
                ("unknown", "the audit calls"),
                ("a\u200bb", "cannot be seen"),
                ("\u0430", ""),
            }
        )
        {
            await page.GetByLabel("User name").FillAsync(name);
            await page.GetByLabel("Initial password").FillAsync("        ");
            await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
            await Assertions.Expect(page.Locator("[id$=password-problems]")).ToContainTextAsync("only blanks");
            if (because.Length > 0)
                await Assertions.Expect(page.Locator("[id$=name-problems]")).ToContainTextAsync(because);
            else
                await Assertions.Expect(page.Locator("[id$=name-problems]")).ToHaveCountAsync(0);
        }
    }

    [BrowserFact]
    public async Task Add_PageIsLoadedAgain_WhatWasTypedIsBackButForThePassword()
    {
        const string secret = "never kept at all";
        var page = await console.OpenAsync("/people/new");
        await page.GetByLabel("User name").FillAsync("typed.before");
        await page.GetByLabel("Initial password").FillAsync(secret);
        await page.GetByLabel("Role").SelectOptionAsync("Operator");
        await page.GetByLabel("Scope").FillAsync("tag:team-a");
        await page.WaitForFunctionAsync("() => sessionStorage['draft:people/new']?.includes('tag:team-a')");
        (await page.EvaluateAsync<string>("() => JSON.stringify(sessionStorage)")).ShouldNotContain(secret);

        await page.ReloadAsync();
        await Assertions.Expect(page.GetByText("Your unsaved changes were restored, but for the password.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("User name")).ToHaveValueAsync("typed.before");
        await Assertions.Expect(page.GetByLabel("Role")).ToHaveValueAsync("Operator");
        await Assertions.Expect(page.GetByLabel("Scope")).ToHaveValueAsync("tag:team-a");
        await Assertions.Expect(page.GetByLabel("Initial password")).ToHaveValueAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Discard them" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("User name")).ToHaveValueAsync("");
    }

    [BrowserFact]
    public async Task Person_AddedThenFirstSignIn_ChoosesAPasswordAndIsAViewer()
    {
        var given = await SomebodyElse.AddAsync(console, "carla");
        var page = await console.StrangerAsync("/sign-in?to=/routes");
        await SomebodyElse.TypeAsync(page, "Carla", given);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Choose a new password" })).ToBeVisibleAsync();

        // No session yet: the console still asks who it is.
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        foreach (var (password, fault) in new[] { ("short", "at least 8 characters"), (given, "Choose another password") })
        {
            await page.GetByLabel("New password").FillAsync(password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Save password and sign in" }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync(fault);
        }

        await page.GetByLabel("New password").FillAsync(SomebodyElse.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save password and sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
        await page.GotoAsync(console.Url + "/people");
        await Assertions.Expect(page.GetByText("Your role is Viewer")).ToBeVisibleAsync();

        // What was handed on is worth nothing any more.
        var third = await console.StrangerAsync("/sign-in");
        await SomebodyElse.TypeAsync(third, "carla", given);
        await Assertions.Expect(third.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
    }

    [BrowserFact]
    public async Task Person_WrongNameOrScope_IsSaidAtTheField()
    {
        var page = await console.OpenAsync("/people/new");
        await page.GetByLabel("User name").FillAsync(RunningConsole.User.ToUpperInvariant());
        await page.GetByLabel("Role").SelectOptionAsync("Operator");
        await page.GetByLabel("Scope").FillAsync("*.a.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("neither a host nor a tag");
        await page.GetByLabel("Scope").FillAsync("host:*.a.example.com tag:team-a");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("already somebody called");
        await page.GetByLabel("User name").FillAsync("dario");
        await page.GetByLabel("Initial password").FillAsync("chosen by ann");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Row, new() { Name = "dario" }))
            .ToContainTextAsync("host:*.a.example.com tag:team-a");
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("team-a");
        await Assertions.Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task Person_DisabledWhileAPageIsOpen_IsOutAtOnce()
    {
        var page = await SomebodyElse.SignedInAsync(console, "emil", "/routes");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
        var admin = await PersonAsync("emil");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Assertions.Expect(admin.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Every session of theirs ends now");
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await SomebodyElse.TypeAsync(page, "emil", SomebodyElse.Password);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("disabled this account");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Enable" }).ClickAsync();
        await Assertions.Expect(admin.Locator(".head .state")).ToHaveTextAsync("active");
        await SomebodyElse.TypeAsync(page, "emil", SomebodyElse.Password);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Role_ChangedWhileAPageIsOpen_HoldsThereAtOnce()
    {
        var page = await SomebodyElse.SignedInAsync(console, "fatima", "/people");
        await Assertions.Expect(page.GetByText("Your role is Viewer")).ToBeVisibleAsync();
        var admin = await PersonAsync("fatima");
        foreach (
            var (role, seen) in new[]
            {
                ("Administrator", page.GetByRole(AriaRole.Link, new() { Name = "Add person" }).First),
                ("Operator", page.GetByText("Your role is Operator")),
            }
        )
        {
            await admin.GetByLabel("Role").SelectOptionAsync(role);
            await admin.GetByRole(AriaRole.Button, new() { Name = "Save rights" }).ClickAsync();
            await Assertions.Expect(admin.GetByText($"fatima is {role} now")).ToBeVisibleAsync();
            await Assertions.Expect(seen).ToBeVisibleAsync();
        }
    }

    [BrowserFact]
    public async Task Sessions_EndedByAnAdministrator_AreOutAtOnce()
    {
        var one = await SomebodyElse.SignedInAsync(console, "goran", "/routes");
        var two = await console.StrangerAsync("/sign-in");
        await console.SignInAsync(two, "goran", SomebodyElse.Password);
        var admin = await PersonAsync("goran");
        await Assertions.Expect(admin.GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await admin.GetByRole(AriaRole.Button, new() { Name = "End all sessions" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "End all sessions" }).ClickAsync();
        await Assertions.Expect(admin.GetByText("Ended 2 sessions of goran")).ToBeVisibleAsync();
        foreach (var page in new[] { one, two })
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await SomebodyElse.TypeAsync(one, "goran", SomebodyElse.Password);
        await admin.GetByRole(AriaRole.Button, new() { Name = "End the session" }).ClickAsync();
        await Assertions.Expect(one.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await Assertions.Expect(admin.GetByText("goran is not signed in anywhere")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Person_PasswordResetThenDeleted_StartsAnewThenIsGone()
    {
        var page = await SomebodyElse.SignedInAsync(console, "hana");
        var admin = await PersonAsync("hana");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Reset password" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Reset password" }).ClickAsync();
        var given = await admin.Locator("#given-password").TextContentAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(admin.Locator(".head .state")).ToHaveTextAsync("must choose a new password");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await SomebodyElse.TypeAsync(page, "hana", given!);
        await Assertions.Expect(page.GetByLabel("New password")).ToBeVisibleAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete person" }).ClickAsync();
        await Assertions.Expect(admin.GetByRole(AriaRole.Link, new() { Name = "Add person" }).First).ToBeVisibleAsync();
        await Assertions.Expect(admin.GetByRole(AriaRole.Link, new() { Name = "hana", Exact = true })).ToHaveCountAsync(0);
        await page.GetByLabel("New password").FillAsync("too late for that");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save password and sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Sign in again");
    }

    [BrowserFact]
    public async Task LastAdministrator_DisabledOrMadeLess_IsRefusedWithTheReason()
    {
        var admin = await PersonAsync(RunningConsole.User);
        await admin.GetByLabel("Role").SelectOptionAsync("Viewer");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Save rights" }).ClickAsync();
        await Assertions.Expect(admin.GetByRole(AriaRole.Alert).First).ToContainTextAsync("ann is the last administrator");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Assertions.Expect(admin.GetByText("Not done: ann is the last administrator")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task OwnPassword_ResetByAnAdministrator_IsShownToThem()
    {
        var admin = await PersonAsync(RunningConsole.User);
        await admin.GetByRole(AriaRole.Button, new() { Name = "Reset password" }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Reset password" }).ClickAsync();
        var given = await admin.Locator("#given-password").TextContentAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(admin.Locator(".head .state")).ToHaveTextAsync("must choose a new password");
        var page = await console.StrangerAsync("/sign-in");
        await SomebodyElse.TypeAsync(page, RunningConsole.User, given!);
        await Assertions.Expect(page.GetByLabel("New password")).ToBeVisibleAsync();
    }

    private async Task<IPage> PersonAsync(string name)
    {
        var page = await console.OpenAsync("/people");
        await page.Locator("main").GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true })).ToBeVisibleAsync();
        return page;
    }
}

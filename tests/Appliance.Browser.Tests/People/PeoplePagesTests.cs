using Microsoft.Playwright;

namespace Appliance.Browser.Tests.People;

/// <summary>The pages about people as a whole; also takes their pictures for the docs.</summary>
public sealed class PeoplePagesTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Pages_BothThemesWideAndNarrow_HaveNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        var findings = new List<string>();
        var alone = await console.OpenAsync("/people");
        await Assertions.Expect(alone.GetByText("Everybody gets an account of their own")).ToBeVisibleAsync();
        await PageLook.TakeAsync(alone, "people-alone", "wide-light", findings);
        var page = await SomebodyElse.SignedInAsync(console, "carla", "/account", "Operator", "host:*.a.example.com tag:team-a");
        await SomebodyElse.SetUpSecondFactorAsync(page);
        await SomebodyElse.SignedInAsync(console, "dario", role: "Viewer");
        await SomebodyElse.AddAsync(console, "emil", "Administrator");
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var admin = await console.OpenAsync("/people", width, height, scheme);
            await Assertions.Expect(admin.GetByRole(AriaRole.Link, new() { Name = "carla" })).ToBeVisibleAsync();
            await PageLook.TakeAsync(admin, "people", look, findings);
            await admin.GetByRole(AriaRole.Link, new() { Name = "carla" }).ClickAsync();
            await Assertions.Expect(admin.GetByRole(AriaRole.Button, new() { Name = "End all sessions" })).ToBeVisibleAsync();
            await PageLook.TakeAsync(admin, "person", look, findings);
            await admin.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
            await Assertions.Expect(admin.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            await PageLook.TakeAsync(admin, "person-disable", look, findings);
            await admin.GotoAsync(console.Url + "/people/new");
            await admin.GetByLabel("Role").SelectOptionAsync("Operator");
            await Assertions.Expect(admin.GetByLabel("Scope")).ToBeVisibleAsync();
            await PageLook.TakeAsync(admin, "person-new", look, findings);
            await admin.GotoAsync(console.Url + "/account");
            await PageLook.TakeAsync(admin, "account", look, findings);
            await admin.GetByLabel("Password, to change this").FillAsync(RunningConsole.Password);
            await admin.GetByRole(AriaRole.Button, new() { Name = "Set up second factor" }).ClickAsync();
            await Assertions.Expect(admin.GetByRole(AriaRole.Button, new() { Name = "Turn on" })).ToBeVisibleAsync();
            await BlurAsync(admin);
            await PageLook.TakeAsync(admin, "account-second-factor", look, findings);
            await admin.Context.ClearCookiesAsync();
            await admin.GotoAsync(console.Url + "/sign-in");
            await SomebodyElse.TypeAsync(admin, "carla", SomebodyElse.Password);
            await Assertions.Expect(admin.GetByLabel("Code")).ToBeVisibleAsync();
            await PageLook.TakeAsync(admin, "sign-in-code", look, findings);
        }

        await BlurAsync(page);
        await PageLook.TakeAsync(page, "account-codes", "wide-light", findings);
        findings.ShouldBeEmpty();
    }

    // Nobody copies a secret out of a picture of the docs.
    private static async Task BlurAsync(IPage page) =>
        await page.EvaluateAsync(
            "() => { for (const secret of document.querySelectorAll('.qr path, .secret, .codes')) secret.style.filter = 'blur(5px)'; }"
        );
}

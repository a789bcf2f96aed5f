using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Rights;

/// <summary>What people without all rights see: everything, with the reason at what they cannot do.</summary>
public sealed class RolesTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Viewer_Pages_ShowEverythingAndOfferNothing()
    {
        await PrepareAsync();
        await console.AddPersonAsync("vera", Role.Viewer);
        var page = await SignedInAsync("vera");
        await Assertions.Expect(page.Locator(".person")).ToContainTextAsync("Viewer");
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page.GetByRole(AriaRole.Note)).ToContainTextAsync("that takes the role Operator, and yours is Viewer");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add route" })).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Delete team-a" })).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Switch).First).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "team-a", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Note)).ToContainTextAsync("You can look at this route, not change it.");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save route" })).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What happens to a request" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Scoped_Operator_ChangesWhatIsTheirsOnly()
    {
        await PrepareAsync();
        await console.AddPersonAsync("otto", Role.Operator, "host:*.a.example.com");
        var page = await SignedInAsync("otto");
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page.GetByRole(AriaRole.Note)).ToContainTextAsync("within your scope (host:*.a.example.com)");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Delete team-b" })).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Delete team-a" })).ToBeEnabledAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "team-b", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save route" })).ToBeDisabledAsync();
        await page.GotoAsync(console.Url + "/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "team-a", Exact = true }).ClickAsync();
        await page.GetByLabel("Hosts").FillAsync("z.b.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("would be outside of your scope").First).ToBeVisibleAsync();
        await page.GetByLabel("Hosts").FillAsync("y.a.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("is live").First).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Role_TakenWhileAPageIsOpen_ShowsAtOnceAndTheFormIsClosed()
    {
        await PrepareAsync();
        await console.AddPersonAsync("rita", Role.Operator);
        var page = await SignedInAsync("rita");
        await page.GotoAsync(console.Url + "/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "team-a", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save route" })).ToBeEnabledAsync();

        // By another process, as another node of a cluster would: the page notices by itself.
        await ChangeAsync("rita", (people, id) =>
            people.ChangeRoleAsync(id, Role.Viewer, AccessScope.Everything, Actor.Local("test"), CancellationToken.None)
        );
        await Assertions.Expect(page.GetByText("You can look at this route, not change it.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".person")).ToContainTextAsync("Viewer");
        await ChangeAsync("rita", (people, id) => people.DisableAsync(id, true, Actor.Local("test"), CancellationToken.None));
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in"));
    }

    [BrowserFact]
    public async Task Roles_BothThemesWideAndNarrow_AreAccessible()
    {
        await PrepareAsync();
        await console.AddPersonAsync("nora", Role.Operator, "host:*.a.example.com");
        var findings = new List<string>();
        var page = await SignedInAsync("nora");
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            await page.SetViewportSizeAsync(width, height);
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.GotoAsync(console.Url + "/routes");
            await Assertions.Expect(page.GetByRole(AriaRole.Note)).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "routes-scoped", look, findings);
            await page.GetByRole(AriaRole.Link, new() { Name = "team-b", Exact = true }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save route" })).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "route-locked", look, findings);
        }

        findings.ShouldBeEmpty();
    }

    private async Task PrepareAsync() =>
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("a", "http://127.0.0.1:9"), Configs.Pool("b", "http://127.0.0.1:9")],
                Routes =
                [
                    Configs.Proxy("team-a", "/", "a") with
                    {
                        Hosts = ["x.a.example.com"],
                    },
                    Configs.Proxy("team-b", "/", "b") with
                    {
                        Hosts = ["x.b.example.com"],
                    },
                ],
            }
        );

    private async Task<IPage> SignedInAsync(string name)
    {
        var page = await console.StrangerAsync("/sign-in");
        await console.SignInAsync(page, name);
        return page;
    }

    private async Task ChangeAsync(string name, Func<PeopleStore, long, Task<PeopleResult>> change)
    {
        var people = console.People;
        var id = (await people.ListAsync(Actor.Local("test"), CancellationToken.None)).Single(one => one.Name == name).Id;
        (await change(people, id)).ShouldBeOfType<PeopleResult.Done>();
    }
}

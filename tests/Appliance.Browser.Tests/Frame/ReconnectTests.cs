using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Frame;

public sealed class ReconnectTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task ServerKilledAndStartedAgain_TypedText_IsThereAfterTheReload()
    {
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")], Routes = [Configs.Proxy("kept", "/", "p")] }
        );
        var page = await console.OpenAsync("/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "kept", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add header rule" }).First.ClickAsync();
        await page.GetByLabel("Header name").FillAsync("X-Before");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Request to the upstream" })).ToBeVisibleAsync();
        await page.WaitForFunctionAsync(
            "() => Object.keys(sessionStorage).some(key => JSON.parse(sessionStorage[key]).draft?.includes('X-Before'))"
        );

        await console.Process.KillAsync();
        await Assertions.Expect(page.GetByText("Reconnecting")).ToBeVisibleAsync();

        // Nobody hears this but the browser.
        await page.GetByLabel("Header value").FillAsync("typed while it was away");
        await page.GetByLabel("Hosts").FillAsync("away.example.com");
        await console.Process.StartAsync();
        await Assertions.Expect(page.GetByText("Your unsaved changes were restored.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Header name")).ToHaveValueAsync("X-Before");
        await Assertions.Expect(page.GetByLabel("Header value")).ToHaveValueAsync("typed while it was away");
        await Assertions.Expect(page.GetByLabel("Hosts")).ToHaveValueAsync("away.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Changed route kept. Revision")).ToBeVisibleAsync();

        // Saved is saved: nothing comes back.
        await page.GetByRole(AriaRole.Link, new() { Name = "kept", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Hosts")).ToHaveValueAsync("away.example.com");
        await Assertions.Expect(page.GetByText("were restored")).ToHaveCountAsync(0);
    }

    // A circuit whose time is over was put away; the page gets another one without being loaded again.
    [BrowserFact]
    public async Task CircuitPutAway_Resumed_ThePageLivesOnWithWhatWasTyped()
    {
        var page = await console.OpenAsync("/pools/new");
        await page.GetByLabel("Name").FillAsync("resumed");
        await page.WaitForFunctionAsync(
            "() => Object.keys(sessionStorage).some(key => JSON.parse(sessionStorage[key]).draft?.includes('resumed'))"
        );
        await page.EvaluateAsync("() => { window.sameDocument = true; }");
        (await page.EvaluateAsync<bool>("Blazor.pauseCircuit()")).ShouldBeTrue();
        (await page.EvaluateAsync<bool>("Blazor.resumeCircuit()")).ShouldBeTrue();
        await Assertions.Expect(page.GetByText("Your unsaved changes were restored.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("resumed");
        await page.GetByLabel("Address").FillAsync("http://127.0.0.1:7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added pool resumed. Revision")).ToBeVisibleAsync();
        (await page.EvaluateAsync<bool>("window.sameDocument === true")).ShouldBeTrue();
    }

    [BrowserFact]
    public async Task TypedBeforeTheFormAskedForADraft_IsNoDraftThatComesBack()
    {
        // A browser that types in the very moment the form stands there.
        var page = await console.OpenAsync("/");
        await page.AddInitScriptAsync(
            """
            new MutationObserver((_, observer) => {
              const name = document.querySelector('input[name="name"]');
              if (!name) return;
              observer.disconnect();
              name.value = 'quick';
              name.dispatchEvent(new Event('input', { bubbles: true }));
            }).observe(document, { childList: true, subtree: true });
            """
        );
        await page.GotoAsync(console.Url + "/pools/new");
        await page.GetByLabel("Address").FillAsync("http://127.0.0.1:7");
        await page.WaitForFunctionAsync(
            "() => Object.keys(sessionStorage).some(key => JSON.parse(sessionStorage[key]).draft?.includes('127.0.0.1:7'))"
        );
        await Assertions.Expect(page.GetByText("were restored")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added pool quick. Revision")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Draft_ComesBack_AfterAnotherItemOfTheSameKindWasLookedAt()
    {
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("one", "http://127.0.0.1:1"), Configs.Pool("two", "http://127.0.0.1:2")] }
        );
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "one", Exact = true }).ClickAsync();
        await page.GetByLabel("Tags").FillAsync("half");
        await page.WaitForFunctionAsync(
            "() => Object.keys(sessionStorage).some(key => JSON.parse(sessionStorage[key]).draft?.includes('half'))"
        );
        await GoToAsync("two");
        await Assertions.Expect(page.GetByLabel("Tags")).ToHaveValueAsync("");
        await GoToAsync("one");
        await Assertions.Expect(page.GetByLabel("Tags")).ToHaveValueAsync("half");

        // From form to form, without a list between.
        async Task GoToAsync(string pool)
        {
            await page.GetByLabel("Find anything").FillAsync(pool);
            await page.GetByRole(AriaRole.Option, new() { Name = pool }).First.ClickAsync();
            await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync(pool);
        }
    }

    [BrowserFact]
    public async Task ServerKilledAndStartedAgain_CommentAndTrials_AreThereAfterTheReload()
    {
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")], Routes = [Configs.Proxy("tried", "/", "p")] }
        );
        var page = await console.OpenAsync("/routes");
        await page.GetByRole(AriaRole.Link, new() { Name = "tried", Exact = true }).ClickAsync();
        await page.GetByLabel("Try a request").FillAsync("https://tried.example.com/x");
        await page.GetByLabel("With headers").FillAsync("X-Tried: yes");
        await page.GetByLabel("WebSocket handshake").UncheckAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Request to the upstream" })).ToContainTextAsync("X-Tried");
        var map = await console.OpenAsync("/maps/new");
        await map.GetByLabel("Default").FillAsync("d");
        await map.GetByLabel("Comment").FillAsync("because");
        await map.GetByLabel("Test with").FillAsync("tried");
        await map.WaitForFunctionAsync(
            "() => Object.keys(sessionStorage).some(key => JSON.parse(sessionStorage[key]).draft?.includes('because'))"
        );

        await console.Process.KillAsync();
        await Assertions.Expect(page.GetByText("Reconnecting")).ToBeVisibleAsync();
        await Assertions.Expect(map.GetByText("Reconnecting")).ToBeVisibleAsync();
        await map.GetByLabel("Test with").FillAsync("tried while it was away");
        await console.Process.StartAsync();

        await Assertions.Expect(map.GetByText("Your unsaved changes were restored.")).ToBeVisibleAsync();
        await Assertions.Expect(map.GetByLabel("Test with")).ToHaveValueAsync("tried while it was away");
        await Assertions.Expect(map.GetByLabel("Comment")).ToHaveValueAsync("because");
        await Assertions.Expect(map.GetByRole(AriaRole.Complementary)).ToContainTextAsync("default");

        // What was only tried is nothing unsaved.
        await Assertions.Expect(page.GetByLabel("Try a request")).ToHaveValueAsync("https://tried.example.com/x");
        await Assertions.Expect(page.GetByLabel("With headers")).ToHaveValueAsync("X-Tried: yes");
        await Assertions.Expect(page.GetByLabel("WebSocket handshake")).Not.ToBeCheckedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Request to the upstream" })).ToContainTextAsync("X-Tried");
        await Assertions.Expect(page.GetByText("were restored")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByText("Not saved yet")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Form_LeftWithoutSaving_KeepsTheDraftUntilItIsDiscarded()
    {
        var page = await console.OpenAsync("/maps/new");
        await page.GetByLabel("Name").FillAsync("$half_done");
        await page.WaitForFunctionAsync(
            "() => Object.keys(sessionStorage).some(key => JSON.parse(sessionStorage[key]).draft?.includes('$half_done'))"
        );
        await page.GetByRole(AriaRole.Link, new() { Name = "Dashboard" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        await page.GotoAsync(console.Url + "/maps/new");
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("$half_done");
        await page.GetByRole(AriaRole.Button, new() { Name = "Discard them" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("$");
    }
}

using Appliance.Proxy.Config;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Live;

public sealed class HiddenTabTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task HiddenTab_IsNotDrawn_CatchesUpWhenItIsShown()
    {
        await console.ApplyAsync(Pools("first"));
        var hidden = await console.OpenAsync("/pools");
        var shown = await console.OpenAsync("/pools");
        await SortAsync(hidden, "ascending");
        await LookAsync(hidden, "hidden");

        // In order: the server has heard of the hidden tab before it heard of this.
        await SortAsync(hidden, "descending");
        await console.ApplyAsync(Pools("first", "second"));
        await Assertions.Expect(PoolOn(shown, "second")).ToBeVisibleAsync();
        await console.ApplyAsync(Pools("first", "second", "third"));
        await Assertions.Expect(PoolOn(shown, "third")).ToBeVisibleAsync();

        // Who looks is told of the second pool before anybody is told of the third.
        await Assertions.Expect(PoolOn(hidden, "first")).ToBeVisibleAsync();
        (await PoolOn(hidden, "second").CountAsync()).ShouldBe(0);
        await LookAsync(hidden, "visible");
        await Assertions.Expect(PoolOn(hidden, "third")).ToBeVisibleAsync();
    }

    private static ProxyConfig Pools(params string[] names) =>
        new() { UpstreamPools = [.. names.Select(name => Configs.Pool(name, "http://127.0.0.1:1"))] };

    private static ILocator PoolOn(IPage page, string name) => page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    private static async Task SortAsync(IPage page, string expected)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Name" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Name" })).ToHaveAttributeAsync("aria-sort", expected);
    }

    private static async Task LookAsync(IPage page, string state) =>
        await page.EvaluateAsync(
            "state => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true }); "
                + "document.dispatchEvent(new Event('visibilitychange')); }",
            state
        );
}

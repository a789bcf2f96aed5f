using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Routes;

/// <summary>The address of a copy that names nothing, as somebody mistypes it.</summary>
public sealed class CopyAddressTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserTheory]
    [InlineData("/routes/new", "x")]
    [InlineData("/pools/new", "x")]
    [InlineData("/maps/new", "x")]
    [InlineData("/tls-policies/new", "x")]
    [InlineData("/pools/new", "")]
    [InlineData("/pools/new", "1&copy=2")]
    [InlineData("/pools/new", "00000000-0000-0000-0000-000000000000")]
    public async Task Copy_OfNothing_IsAnEmptyForm(string path, string copy)
    {
        var page = await console.OpenAsync($"{path}?copy={copy}");
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync(path == "/maps/new" ? "$" : "");
        await Assertions.Expect(page.Locator("main button[type=submit]")).ToBeEnabledAsync();
    }
}

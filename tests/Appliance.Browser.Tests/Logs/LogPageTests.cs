using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Logs;

public sealed class LogPageTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Log_LevelFormatAndAccessLog_ChangeWhileItRuns()
    {
        await console.ApplyAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "fixed",
                        Path = "/fixed",
                        Action = new Appliance.Proxy.Routing.RouteAction.Respond(),
                    },
                ],
            }
        );
        var page = await console.OpenAsync("/about");
        await page.GetByRole(AriaRole.Link, new() { Name = "What the log shows" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Log", Exact = true })).ToBeVisibleAsync();

        // 1. A level of one area, and the setting again.
        await page.GetByLabel("Area", new() { Exact = true }).SelectOptionAsync("servers");
        await page.GetByLabel("Level", new() { Exact = true }).SelectOptionAsync("debug");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change level" }).ClickAsync();
        var row = page.Locator("main tbody tr", new() { HasText = "pools, names" });
        await Assertions.Expect(row).ToContainTextAsync("debug");
        await Assertions.Expect(row).ToContainTextAsync("by ann");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset the level of servers" }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("information");

        // 2. The format.
        await page.GetByRole(AriaRole.Button, new() { Name = "Write JSON" }).ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("JSON, for machines");
        await page.GetByRole(AriaRole.Button, new() { Name = "Write text" }).ClickAsync();

        // 3. The access log: a place that cannot be is said at its field, and nothing is lost.
        await page.GetByLabel("Place", new() { Exact = true }).FillAsync("/nowhere/access.log");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change access log" }).ClickAsync();
        await Assertions.Expect(page.Locator("main .error")).ToContainTextAsync("a name that ends with .log");
        await Assertions.Expect(page.GetByLabel("Place", new() { Exact = true })).ToHaveValueAsync("/nowhere/access.log");
        var file = Path.Combine(console.Process.Data, "logs", "access.log");
        await page.GetByLabel("Place", new() { Exact = true }).FillAsync("access.log");
        await page.GetByLabel("Format", new() { Exact = true }).FillAsync("$uri $status");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change access log" }).ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync($"Lines go to {file}.");
        await RawHttp.GetAsync(console.Process.HttpPort, "/fixed");
        await Eventually.TrueAsync(
            async () => (await File.ReadAllTextAsync(file)).Contains("/fixed 200\n", StringComparison.Ordinal),
            "the line is written"
        );

        // 4. The same twice: two messages, and the page lives. A place that stays is taken with another format.
        await page.GetByRole(AriaRole.Button, new() { Name = "Change access log" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Change access log" }).ClickAsync();
        await Assertions.Expect(page.Locator(".toast", new() { HasText = $"The access log goes to {file}." })).Not.ToHaveCountAsync(0);
        await page.GetByLabel("Format", new() { Exact = true }).FillAsync("combined");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change access log" }).ClickAsync();
        await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        await page.GetByLabel("Level", new() { Exact = true }).SelectOptionAsync("debug");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change level" }).ClickAsync();
        await Assertions.Expect(row.Locator("time")).ToHaveTextAsync("in 10\u202fmin");

        // 5. In every look.
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
            await PageLook.TakeAsync(await console.OpenAsync("/log", width, height, scheme), "log", look, findings, texts: true);
        findings.ShouldBeEmpty();
    }
}

using Appliance.Browser.Tests.Connections;
using Appliance.Data;
using Appliance.Data.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Audit;

/// <summary>What spoils the audit, in a product of its own.</summary>
public sealed class AuditBrokenTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Verify_AnEntryWasChanged_SaysWhichAndLeadsThere()
    {
        var page = await console.OpenAsync("/audit");
        await using (var db = new ContextFactory(Path.Combine(console.Process.Data, "appliance.db")).CreateDbContext())
        {
            AuditLog.Append(
                db,
                new()
                {
                    AtUtc = TimeProvider.System.GetUtcNow().UtcDateTime,
                    Actor = "eve",
                    From = "203.0.113.9",
                    Action = "person.role",
                    Target = "eve",
                    Result = "ok",
                }
            );
            await db.SaveChangesAsync();
            (
                await db
                    .AuditEntries.Where(entry => entry.Actor == "eve")
                    .ExecuteUpdateAsync(set => set.SetProperty(entry => entry.Actor, "ann"))
            ).ShouldBe(1);
        }

        await page.Button("Verify chain").ClickAsync();
        var verdict = page.Locator(".verdict .notice.bad");
        await Assertions
            .Expect(verdict)
            .ToContainTextAsync(
                new System.Text.RegularExpressions.Regex(
                    @"The audit is broken at entry \d+: it says something else than when it was written\."
                )
            );
        await verdict.GetByRole(AriaRole.Link, new() { Name = "Show the entries up to there" }).ClickAsync();
        await Assertions.Expect(page.Locator(".audit tbody tr").First).ToContainTextAsync("Change role");
        var findings = new List<string>();
        await PageLook.TakeAsync(page, "audit-broken", "wide-light", findings);
        findings.ShouldBeEmpty();
        var run = await console.Process.RunAsync("audit", "verify");
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("The audit is broken at entry");
    }
}

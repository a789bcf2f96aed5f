using Appliance.Browser.Tests.Connections;
using Appliance.Data;
using Appliance.Data.Audit;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Audit;

/// <summary>The audit page as a whole, in its states. Also takes its pictures for the docs.</summary>
public sealed class AuditPagesTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task AuditPages_BothThemesWideAndNarrow_HaveNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Testing.Configs.Pool("chat", "http://127.0.0.1:1")],
                Routes = [Testing.Configs.Proxy("chat", "/chat/", "chat")],
            }
        );
        await RememberAsync();
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/audit", width, height, scheme);
            await Assertions.Expect(page.Locator(".audit tbody tr")).ToHaveCountAsync(50);
            await PageLook.TakeAsync(page, "audit", look, findings);
            await page.Button("Verify chain").ClickAsync();
            await Assertions.Expect(page.Locator(".verdict")).ToContainTextAsync("The audit is intact");
            await PageLook.TakeAsync(page, "audit-verified", look, findings);
            await page.Locator(".export summary").ClickAsync();
            await PageLook.TakeAsync(page, "audit-export", look, findings);
            await page.GotoAsync(console.Url + "/audit?result=failed&action=connections");
            await page.Locator("a.open").First.ClickAsync();
            await Assertions.Expect(page.Details()).ToContainTextAsync("Hash before");
            await PageLook.TakeAsync(page, "audit-entry", look, findings);
            await page.GotoAsync(console.Url + "/audit?search=nothing-like-this");
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No matching entries" })).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "audit-none", look, findings);
        }

        findings.ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task Entry_ThatIsNotThere_SaysSo()
    {
        var page = await console.OpenAsync("/audit?entry=999999");
        await Assertions.Expect(page.Details()).ToContainTextAsync("There is no entry with this number");
    }

    // What a week of a small team leaves.
    private async Task RememberAsync()
    {
        (string Actor, string From, string Action, string Target, string? Before, string? After, string Result)[] week =
        [
            ("bea", "2001:db8:85a3::8a2e:370:7334", "sign_in", "bea", null, null, AuditEntry.CodeAsked),
            ("bea", "2001:db8:85a3::8a2e:370:7334", "sign_in.second_factor", "bea", null, null, "ok"),
            ("bea", "2001:db8:85a3::8a2e:370:7334", "config.console", "revision 1", "0", "1", "ok: 1 changed"),
            ("unknown", "203.0.113.9", "sign_in", "", null, null, "wrong"),
            ("carl", "203.0.113.9", "sign_in", "carl", null, null, "locked"),
            ("deploy (command line)", "local", "config.apply", "revision 1", "0", "1", "ok: 2 changed, 1 added"),
            ("ann", "192.0.2.7", "person.add", "dora", null, "Operator of host:*.shop.example.com", "ok"),
            ("ann", "192.0.2.7", "person.role", "carl", "Operator", "Viewer", "ok"),
            ("dora", "192.0.2.41", "connection.close", "route chat", "412 open", "code 1012, “new version”, within 5 s", "ok"),
            (
                "dora",
                "192.0.2.41",
                "connection.close",
                "4711",
                null,
                null,
                "not_allowed: The connection of 198.51.100.3:51034 is on route admin, outside of your scope (host:*.shop.example.com)."
            ),
            ("dora", "192.0.2.41", "drain.start", "server http://10.0.0.1:8010 of pool chat", null, "leave with 1012 within 2 min", "ok"),
            ("ann", "192.0.2.7", "inspection.start", "connection 5203 of 192.0.2.9:40112", null, "for 60 s", "ok"),
            ("ann", "192.0.2.7", "session.end", "carl", "from 203.0.113.9", null, "ok"),
        ];
        await using var db = new ContextFactory(Path.Combine(console.Process.Data, "appliance.db")).CreateDbContext();
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        for (var number = 0; number < 5 * week.Length; number++)
        {
            var (actor, from, action, target, before, after, result) = week[number % week.Length];
            AuditLog.Append(
                db,
                new()
                {
                    AtUtc = now - TimeSpan.FromMinutes(17 * ((5 * week.Length) - number)),
                    Actor = actor,
                    From = from,
                    Action = action,
                    Target = target,
                    Before = before,
                    After = after,
                    Result = result,
                }
            );
        }

        await db.SaveChangesAsync();
    }
}

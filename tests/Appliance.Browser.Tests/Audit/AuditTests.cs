using System.Net;
using Appliance.Browser.Tests.Connections;
using Appliance.Data;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Audit;

public sealed class AuditTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    private ContextFactory Database => new(Path.Combine(console.Process.Data, "appliance.db"));

    [BrowserFact]
    public async Task Filters_EachOfThem_FindAndStandInTheAddress()
    {
        await AddAsync(1, "carl", "connection.close", "route filtered", "not_allowed: outside of your scope", from: "192.0.2.77");
        await AddAsync(1, "carl", "drain.start", "route filtered", "ok");
        var page = await OpenAsync("/audit");
        await page.Filter("Person").FillAsync("Carl");
        await page.Filter("Person").BlurAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(2);
        await page.Filter("Action").SelectOptionAsync("connections");
        await page.Filter("Result").SelectOptionAsync("failed");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);
        await Assertions.Expect(Rows(page).First).ToContainTextAsync("Close connections");
        await Assertions.Expect(Rows(page).First).ToContainTextAsync("not allowed outside of your scope");
        await Assertions
            .Expect(Rows(page).First.Locator("abbr"))
            .ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("^connection\\.close: "));
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("192.0.2.77 scope");
        await Assertions
            .Expect(page)
            .ToHaveURLAsync(
                new System.Text.RegularExpressions.Regex(
                    @"/audit\?person=Carl&action=connections&result=failed&search=192\.0\.2\.77%20scope$"
                )
            );
        await page.Filter("To (UTC)").FillAsync("2020-01-01");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No matching entries" })).ToBeVisibleAsync();
        await page.Filter("To (UTC)").FillAsync("");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);

        // The link shows the same to whoever opens it.
        var other = await OpenAsync(new Uri(page.Url).PathAndQuery);
        await Assertions.Expect(Rows(other)).ToHaveCountAsync(1);
        await Assertions.Expect(other.Filter("Person")).ToHaveValueAsync("Carl");
        await Assertions.Expect(other.Filter("Action")).ToHaveValueAsync("connections");
        await other.Button("Clear filters").First.ClickAsync();
        await Assertions.Expect(other).ToHaveURLAsync(console.Url + "/audit");
    }

    [BrowserFact]
    public async Task Address_ThatCannotBeRead_SaysSo()
    {
        var page = await OpenAsync("/audit?from=soon");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("\"soon\" is not a day or a time");
        await Assertions.Expect(page.Filter("From (UTC)")).ToHaveValueAsync("soon");
    }

    [BrowserFact]
    public async Task Pages_OlderAndNewer_AreByNumber()
    {
        await AddAsync(120, "pager", "drain.start", "route paged", "ok");
        var page = await OpenAsync("/audit?person=pager");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(50);
        await Assertions.Expect(page.Button("Newer")).ToBeDisabledAsync();
        var newest = await Rows(page).First.InnerTextAsync();
        await page.Button("Older").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"\?person=pager&older=\d+$"));
        await Assertions.Expect(page.Button("Newer")).ToBeEnabledAsync(); // the address is there before the rows
        await page.Button("Older").ClickAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(20);
        await Assertions.Expect(page.Button("Older")).ToBeDisabledAsync();
        await page.Button("Newer").ClickAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(50);
        await page.Button("Newer").ClickAsync();
        await Assertions.Expect(page.Button("Newer")).ToBeDisabledAsync();
        (await Rows(page).First.Locator("a.open").InnerTextAsync()).ShouldBe(
            newest.Split('\n', '\t').First(text => text.Contains("No. ", StringComparison.Ordinal)).Trim()
        );
    }

    [BrowserFact]
    public async Task Newer_WhatComesMeanwhile_IsToldAndDoesNotJump()
    {
        await AddAsync(1, "newcomer", "drain.start", "first", "ok");
        var page = await OpenAsync("/audit?person=newcomer");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);
        await AddAsync(3, "newcomer", "drain.end", "later", "ok");
        await AddAsync(1, "somebody else", "drain.end", "later", "ok");
        await Assertions.Expect(page.Button("3 newer entries")).ToBeVisibleAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(1);
        await page.Button("3 newer entries").ClickAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(4);
        await Assertions.Expect(page.Button("3 newer entries")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Details_OfASave_HaveEveryFieldAndLeadToItsDiff()
    {
        await console.ApplyAsync(new() { UpstreamPools = [Testing.Configs.Pool("detailed", "http://127.0.0.1:1")] });
        var page = await OpenAsync("/audit?action=config.apply");
        await Rows(page).First.Locator("td[data-label=Who]").ClickAsync();
        await Assertions.Expect(page.Details()).ToContainTextAsync("config.apply");
        await using var db = Database.CreateDbContext();
        var entry = (
            await new AuditStore(Database, TimeProvider.System).ListAsync(
                new() { Action = "config.apply" },
                1,
                null,
                Actor.Local("test"),
                CancellationToken.None
            )
        )[0];
        await Assertions.Expect(page.Details()).ToContainTextAsync(entry.Hash!); // every entry has one
        await Assertions.Expect(page.Details()).ToContainTextAsync(entry.PreviousHash!); // every entry has one
        await Assertions.Expect(page).ToHaveURLAsync($"{console.Url}/audit?action=config.apply&entry={entry.Id}");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Details()).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator($"#open-{entry.Id}")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Details().GetByRole(AriaRole.Link, new() { Name = "what changed" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"/history/\d+$"));
    }

    [BrowserFact]
    public async Task Verify_Intact_ShowsTheHashToKeep()
    {
        var page = await OpenAsync("/audit");
        await page.Button("Verify chain").ClickAsync();
        await Assertions.Expect(page.Locator(".verdict")).ToContainTextAsync("The audit is intact");
        await Assertions
            .Expect(page.Locator(".verdict code").First)
            .ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[0-9a-f]{64}$"));
        await Assertions.Expect(page.Locator(".chain")).ToContainTextAsync("Nothing is removed.");
    }

    [BrowserFact]
    public async Task Export_WithTheFilters_IsAFileAndAnEntry()
    {
        await AddAsync(2, "=exporter", "drain.start", "route exported", "ok");
        var page = await OpenAsync("/audit?person=%3Dexporter");
        await page.Locator(".export summary").ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Link, new() { Name = "CSV, for a spreadsheet" }).ClickAsync()
        );
        download.SuggestedFilename.ShouldStartWith("audit-");
        var lines = (await File.ReadAllTextAsync((await download.PathAsync())!)).Split("\r\n"); // a finished download has a path
        lines.Length.ShouldBe(4); // the head, two entries, and nothing behind the last line end
        lines[1].ShouldContain(",'=exporter,");
        var noted = (
            await new AuditStore(Database, TimeProvider.System).ListAsync(
                new() { Action = "audit.export" },
                1,
                null,
                Actor.Local("test"),
                CancellationToken.None
            )
        )[0];
        (noted.Actor, noted.After).ShouldBe((RunningConsole.User, "csv: person =exporter"));
        noted.From.ShouldBeOneOf("127.0.0.1", "::1");
    }

    [BrowserFact]
    public async Task Viewer_AtTheAudit_GetsTheExplanationAndNoExport()
    {
        await using (var db = Database.CreateDbContext())
        {
            db.Accounts.Add(
                new()
                {
                    Name = "vera",
                    NormalizedName = "VERA",
                    PasswordHash = Passwords.Hash(RunningConsole.Password),
                    Role = Role.Viewer,
                }
            );
            await db.SaveChangesAsync();
        }

        var page = await console.StrangerAsync("/audit");
        await console.SignInAsync(page, "vera");
        await page.GotoAsync(console.Url + "/audit");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This page is for administrators" })).ToBeVisibleAsync();
        (await page.Locator(".audit").CountAsync()).ShouldBe(0);
        var export = await page.Context.APIRequest.GetAsync(console.Url + "/audit/export?format=csv");
        export.Status.ShouldBe((int)HttpStatusCode.Forbidden);
        (await export.TextAsync()).ShouldNotContain("sign_in");
    }

    private async Task<IPage> OpenAsync(string path)
    {
        var page = await console.OpenAsync(path);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Audit", Exact = true })).ToBeVisibleAsync();
        return page;
    }

    private static ILocator Rows(IPage page) => page.Locator(".audit tbody tr");

    // As another process would: in one transaction, behind what the running product writes.
    private async Task AddAsync(int count, string actor, string action, string target, string result, string from = "192.0.2.1")
    {
        await using var db = Database.CreateDbContext();
        for (var number = 0; number < count; number++)
            AuditLog.Append(
                db,
                new()
                {
                    AtUtc = TimeProvider.System.GetUtcNow().UtcDateTime,
                    Actor = actor,
                    From = from,
                    Action = action,
                    Target = target,
                    Result = result,
                }
            );
        await db.SaveChangesAsync();
    }
}

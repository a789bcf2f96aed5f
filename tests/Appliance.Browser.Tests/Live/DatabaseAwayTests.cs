using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Live;

public sealed class DatabaseAwayTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    // SQLite's own locks for everybody who writes or reads a database with a WAL (sqlite.org/walformat.html).
    private const int FirstLock = 120;
    private const int Locks = 8;

    // It tries for ten seconds, and a save may stand behind two who read.
    private const float Patience = 120_000;

    [BrowserFact]
    public async Task DatabaseHeldByAnotherProcess_IsSaid_NothingTypedIsLostAndTheNextSaveWorks()
    {
        var page = await console.OpenAsync("/pools/new");
        await page.GetByLabel("Name").FillAsync("patient");
        await page.GetByLabel("Address").FillAsync("http://127.0.0.1:1");
        var away = page.GetByText("database away: what runs keeps running");
        await using (
            var index = new FileStream(
                Path.Combine(console.Process.Data, "appliance.db-shm"),
                FileMode.Open,
                FileAccess.ReadWrite,
                FileShare.ReadWrite
            )
        )
        {
            await Eventually.TrueAsync(() => Task.FromResult(IsHeld(index)), "nobody reads or writes");
            await Assertions.Expect(away).ToBeVisibleAsync(new() { Timeout = Patience });
            await Assertions
                .Expect(away)
                .ToHaveAttributeAsync(
                    "title",
                    new System.Text.RegularExpressions.Regex("^The database (cannot be read|is locked by another process).+$")
                );
            await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
            var problems = page.GetByRole(AriaRole.Alert);
            await Assertions
                .Expect(problems)
                .ToContainTextAsync("The database is locked by another process; nothing was stored.", new() { Timeout = Patience });
            await Assertions.Expect(problems).ToContainTextAsync("What you typed is still here.");
            await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("patient");
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save pool" })).ToBeEnabledAsync();
        }

        await Assertions.Expect(away).ToHaveCountAsync(0, new() { Timeout = Patience });
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added pool patient. Revision")).ToBeVisibleAsync();
    }

    private static bool IsHeld(FileStream index)
    {
        try
        {
            index.Lock(FirstLock, Locks);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

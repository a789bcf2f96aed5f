using System.Net;
using System.Text.Json;
using Appliance.Data;
using Appliance.Testing;
using Microsoft.Data.Sqlite;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// A database that is deleted, emptied, damaged, replaced or locked: what ran is served, nothing is stored in vain, and one command leads
/// back.
/// </summary>
public sealed class LostDatabaseTests
{
    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("older")]
    public async Task Start_DatabaseIsOlderThanWhatRan_ServesThatAndRestoresIt(string loss)
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        if (loss == "older")
            CopyDatabase(product, "older.db");
        await ApplyAsync(product, "two");
        await product.TerminateAsync();
        Lose(product, loss);
        var lastGood = await File.ReadAllTextAsync(Path.Combine(product.Data, "last-good.json"));

        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("two");
        var sentence = $"The database {(loss == "older" ? "ends at revision 1" : "is empty")}, but revision 2 ran last";
        product.Output.ShouldContain(sentence);
        var refused = await product.ApplyAsync(Document("three"));
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain(sentence);
        (await product.RunAsync("restore")).ExitCode.ShouldBe(1);
        var revisions = await product.RunAsync("revisions");
        revisions.ExitCode.ShouldBe(1);
        revisions.Errors.ShouldStartWith(sentence);
        revisions.Output.ShouldNotContain("Nothing was stored");
        (await File.ReadAllTextAsync(Path.Combine(product.Data, "last-good.json"))).ShouldBe(
            lastGood,
            "what ran last is never overwritten by less"
        );

        var restored = await product.RunAsync("restore", "--last-good");
        (restored.ExitCode, restored.Output).ShouldBe((0, restored.Output), restored.Errors);
        restored.Output.ShouldStartWith("Revision 3 is what ran last (revision 2).");
        (await product.RunAsync("revisions")).Output.ShouldContain("restore");
        (await product.RunAsync("restore")).Output.ShouldStartWith("Nothing was lost");
        await ApplyAsync(product, "four");
        await product.TerminateAsync();
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("four");
    }

    // Somebody has written it by hand, and the number is not where Appliance writes it.
    [Fact]
    public async Task Start_TheCopyBeginsWithSomethingElse_ItsNumberStillTellsTheLoss()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        await product.TerminateAsync();
        Lose(product, "missing");
        var copy = Path.Combine(product.Data, "last-good.json");
        var text = await File.ReadAllTextAsync(copy);
        await File.WriteAllTextAsync(copy, "// as it was\n{ \"$schema\": \"config.schema.json\"," + text[(text.IndexOf('{') + 1)..]);

        await product.StartAsync();

        (await AnswerAsync(product)).ShouldBe("one");
        product.Output.ShouldContain("The database is empty, but revision 1 ran last");
    }

    // The way back from a newer version: what that one wrote is the only copy of its last revision.
    [Fact]
    public async Task Start_TheCopyIsOfANewerVersion_IsSetAsideAndSaid()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        CopyDatabase(product, "older.db");
        await ApplyAsync(product, "two");
        await product.TerminateAsync();
        Lose(product, "older");
        var copy = Path.Combine(product.Data, "last-good.json");
        var newer = (await File.ReadAllTextAsync(copy)).Replace(
            "\"routes\"",
            "\"ofANewerVersion\": 1, \"routes\"",
            StringComparison.Ordinal
        );
        await File.WriteAllTextAsync(copy, newer);

        await product.StartAsync();

        (await AnswerAsync(product)).ShouldBe("one");
        product.Output.ShouldContain("Revision 2 ran last, the database ends with revision 1");
        product.Output.ShouldContain("set aside as last-good.json.set-aside");
        (await File.ReadAllTextAsync(copy + ".set-aside")).ShouldBe(newer);
    }

    [Fact]
    public async Task Restore_TheDatabaseAsItIs_CountsAndWhatRanIsSetAside()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        CopyDatabase(product, "older.db");
        await ApplyAsync(product, "two");
        await product.TerminateAsync();
        Lose(product, "older");
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("two");
        (await product.RunAsync("restore", "--database")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => await AnswerAsync(product) == "one", "the database's own config is live");
        File.Exists(Path.Combine(product.Data, "last-good.json.set-aside")).ShouldBeTrue();
        await ApplyAsync(product, "three");
    }

    [Theory]
    [InlineData("damaged", "it is no database any more")]
    [InlineData("pages", "some of its pages cannot be read")]
    [InlineData("cut", "some of its pages cannot be read")]
    public async Task Start_FileIsDamaged_ServesWhatRanAndSaysWhatIsWrongAndTheWayBack(string loss, string sentence)
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        await product.TerminateAsync();
        Lose(product, loss);
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("one");
        var refused = await product.ApplyAsync(Document("two"));
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldStartWith($"The database file is damaged: {sentence}; nothing was stored. Stop Appliance");
        foreach (var command in new string[][] { ["audit", "verify"], ["audit", "export"], ["revisions"], ["audit"] })
        {
            var read = await product.RunAsync(command);
            (read.ExitCode, read.Output).ShouldBe((1, read.Output), string.Join(' ', command));
            (read.Output + read.Errors).ShouldContain("The database file is damaged", customMessage: string.Join(' ', command));
        }

        (await product.RunAsync("healthcheck")).Errors.ShouldStartWith("Warning: The database file is damaged");
        using var browser = new HttpClient();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var page = await browser.GetAsync($"http://127.0.0.1:{product.ConsolePort}/");
        page.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await page.Content.ReadAsStringAsync()).ShouldContain("The database file is damaged");

        // The way back that it says.
        await product.TerminateAsync();
        File.Move(Path.Combine(product.Data, "appliance.db"), Path.Combine(product.Folder, "damaged.db"));
        File.Delete(Path.Combine(product.Data, "appliance.db-wal"));
        File.Delete(Path.Combine(product.Data, "appliance.db-shm"));
        await product.StartAsync();
        (await product.RunAsync("restore", "--last-good")).ExitCode.ShouldBe(0);
        await ApplyAsync(product, "two");
    }

    [Fact]
    public async Task Stop_FileWasDeleted_KeepsWhatWasInItAndSaysHowItComesBack()
    {
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_ADMIN_USER"] = "boss";
        product.Settings["APPLIANCE_ADMIN_PASSWORD"] = "correct horse battery";
        await product.StartAsync();
        await ApplyAsync(product, "one");
        Lose(product, "missing");
        (await product.TerminateAsync()).ShouldBe(0);
        var database = Path.Combine(product.Data, "appliance.db");
        product.Output.ShouldContain(
            $"The database file {database} was deleted while this process ran. What was in it is kept as {database}.rescued"
        );

        // A start that nobody prepared says so again, and so does the command that looks.
        var advice = $"{database}.rescued is what was in a database file that was deleted while Appliance ran";
        await product.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(product.Output.Contains(advice, StringComparison.Ordinal)), "it is said");
        (await product.RunAsync("restore")).Errors.ShouldContain(
            $"{advice}, with accounts, certificates and audit. To have it back: stop Appliance, delete {database}-wal and {database}-shm"
        );
        (await product.TerminateAsync()).ShouldBe(0);
        File.Delete(database + "-wal");
        File.Delete(database + "-shm");
        File.Move(database + ".rescued", database, overwrite: true);
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("one");
        (await product.RunAsync("restore")).Output.ShouldStartWith("Nothing was lost");
        (await product.RunAsync("audit", "verify")).ExitCode.ShouldBe(0);
        await ApplyAsync(product, "two");
    }

    [Fact]
    public async Task Running_FileIsDeleted_NothingIsStoredInVainAndEverythingComesBack()
    {
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_ADMIN_USER"] = "boss";
        product.Settings["APPLIANCE_ADMIN_PASSWORD"] = "correct horse battery";
        await product.StartAsync();
        await ApplyAsync(product, "one");
        Lose(product, "missing");
        var refused = await product.ApplyAsync(Document("two"));
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain("was deleted while this process ran");
        (await AnswerAsync(product)).ShouldBe("one");
        (await product.RunAsync("export")).Output.ShouldContain("\"one\"");
        foreach (var command in new string[][] { ["audit", "verify"], ["audit", "export"], ["revisions"], ["setup-link"] })
        {
            var asked = await product.RunAsync(command);
            (asked.ExitCode, asked.Errors).ShouldBe((1, asked.Errors), string.Join(' ', command));
            asked.Errors.ShouldContain(
                "was deleted while this process ran; \"appliance restore --last-good\" writes it again.",
                customMessage: string.Join(' ', command)
            );
        }

        // What an earlier stop kept may be all that is left of an earlier database.
        var kept = Path.Combine(product.Data, "appliance.db.rescued");
        await File.WriteAllTextAsync(kept, "an earlier one");
        (await product.RunAsync("restore", "--last-good")).Output.ShouldStartWith(
            "The database is back with everything that was in it; revision 1 is its newest."
        );
        (await File.ReadAllTextAsync(kept)).ShouldBe("an earlier one");
        (await product.RunAsync("audit")).Output.ShouldContain("the database file");
        await ApplyAsync(product, "two");
        (await product.RunAsync("audit", "verify")).ExitCode.ShouldBe(0);
        await product.TerminateAsync();
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("two");
        product.Output.ShouldNotContain("appliance setup-link prints", customMessage: "the account is still there");
    }

    [Theory]
    [InlineData("emptied in place", "was emptied while this process ran")]
    [InlineData("overwritten in place", "was overwritten by another program while this process ran")]
    public async Task Running_FileIsChangedInPlace_NothingIsStoredInVainAndTheAdviceLeadsBack(string loss, string sentence)
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        CopyDatabase(product, "older.db");
        await ApplyAsync(product, "two");
        var database = Path.Combine(product.Data, "appliance.db");
        Overwrite(database, loss == "emptied in place" ? [] : await File.ReadAllBytesAsync(Path.Combine(product.Folder, "older.db")));
        var refused = await product.ApplyAsync(Document("three"));
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain(
            $"The database file {database} {sentence}: nothing can be stored. Stop Appliance and put a backup in its place"
        );
        (await AnswerAsync(product)).ShouldBe("two");
        (await product.RunAsync("export")).Output.ShouldContain("\"two\"");
        (await product.RunAsync("revisions")).Errors.ShouldContain(sentence);
        (await product.RunAsync("restore", "--last-good")).Errors.ShouldContain(sentence);
        (await product.RunAsync("healthcheck")).Errors.ShouldContain(sentence);
        (await product.TerminateAsync()).ShouldBe(0);
        product.Output.ShouldContain(sentence);

        // 1. A start without a look at the advice serves what ran all the same.
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("two");
        (await product.ApplyAsync(Document("three"))).ExitCode.ShouldBe(1);
        await product.TerminateAsync();

        // 2. The advice: a backup, and what ran last on top of it.
        Lose(product, "older");
        await product.StartAsync();
        (await AnswerAsync(product)).ShouldBe("two");
        (await product.RunAsync("restore", "--last-good")).ExitCode.ShouldBe(0);
        await ApplyAsync(product, "three");
    }

    [Fact]
    public async Task Start_ACommandHoldsTheFolder_WaitsForItsEnd()
    {
        await using var product = new ApplianceProcess();
        Task start;
        using (DataFolder.Open(product.Data, isCommand: true))
        {
            start = product.StartAsync();
            await Eventually.TrueAsync(
                () =>
                    Task.FromResult(
                        product.Output.Contains(
                            $"Waiting for process {Environment.ProcessId}, a command that uses the data folder.",
                            StringComparison.Ordinal
                        )
                    ),
                "it waits"
            );
        }

        await start;
    }

    [Fact]
    public async Task Apply_AnotherCommandHoldsTheFolder_WaitsForItsEnd()
    {
        await using var product = new ApplianceProcess();
        Task<(int ExitCode, string Output, string Errors)>[] both;
        using (DataFolder.Open(product.Data, isCommand: true))
            both = [product.RunAsync("revisions"), product.RunAsync("export")];
        foreach (var (exit, _, errors) in await Task.WhenAll(both))
            exit.ShouldBe(0, errors);
    }

    [Fact]
    public async Task Running_DatabaseIsLocked_SaysSoWithinSecondsAndExportsFromMemory()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await ApplyAsync(product, "one");
        await using var other = new SqliteConnection($"Data Source={Path.Combine(product.Data, "appliance.db")};Pooling=False");
        await other.OpenAsync();
        await using (var command = other.CreateCommand())
        {
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync();
        }

        using var control = product.Control();
        using var answer = await control.PostAsync("control/config?dryRun=false&author=ann&comment=", new StringContent(Document("two")));
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldStartWith("The database is locked by another process; nothing was stored.");
        (await product.RunAsync("export")).Output.ShouldContain("\"one\"");
        (await AnswerAsync(product)).ShouldBe("one");
        (await product.RunAsync("healthcheck")).Errors.ShouldStartWith(
            "Warning: The database is locked by another process: what runs keeps running"
        );

        // An operator does not wait for whoever has it locked.
        var drained = await product.RunAsync("drain", "route", "all");
        (drained.ExitCode, drained.Errors).ShouldBe((0, ""));
        drained.Output.ShouldContain("what was done stands in the log, and in the audit as soon as the database can be written again");
        await other.CloseAsync();
        await ApplyAsync(product, "two");
        await Eventually.TrueAsync(
            async () => (await product.RunAsync("audit", "--json")).Output.Contains("drain.start", StringComparison.Ordinal),
            "the audit has it",
            TimeSpan.FromSeconds(60)
        );
    }

    [Fact]
    public async Task Start_DatabaseIsLockedForReading_NamesTheSituationAndIsTriedAgain()
    {
        await using var product = new ApplianceProcess();
        (await product.ApplyAsync(Document("one"))).ExitCode.ShouldBe(2);
        await using var other = new SqliteConnection($"Data Source={Path.Combine(product.Data, "appliance.db")};Pooling=False");
        await other.OpenAsync();
        await using (var command = other.CreateCommand())
        {
            command.CommandText = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE other (x);";
            await command.ExecuteNonQueryAsync();
        }

        var run = await product.RunAsync();
        run.Errors.Trim()
            .ShouldBe($"The database in {product.Data} is locked: another program has it open. End that program, then try again.");
        run.ExitCode.ShouldBe(75);
    }

    [Fact]
    public async Task Apply_WhileItStarts_WaitsForIt()
    {
        await using var product = new ApplianceProcess();
        var start = product.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(Path.Combine(product.Data, "appliance.pid"))), "it holds the folder");
        var applied = await product.ApplyAsync(Document("one"));
        applied.ExitCode.ShouldBe(0, applied.Errors);
        await start;
        (await AnswerAsync(product)).ShouldBe("one");
    }

    private static async Task ApplyAsync(ApplianceProcess product, string body)
    {
        var applied = await product.ApplyAsync(Document(body));
        applied.ExitCode.ShouldBe(0, applied.Errors);
        (await AnswerAsync(product)).ShouldBe(body);
    }

    private static async Task<string> AnswerAsync(ApplianceProcess product)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync($"http://127.0.0.1:{product.HttpPort}/");
    }

    private static string Document(string body) =>
        JsonSerializer.Serialize(
            new
            {
                routes = new[]
                {
                    new
                    {
                        name = "all",
                        path = "/",
                        action = new
                        {
                            kind = "respond",
                            status = 200,
                            body,
                        },
                    },
                },
            }
        );

    private static void CopyDatabase(ApplianceProcess product, string name)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(product.Data, "appliance.db")};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = $"VACUUM INTO '{Path.Combine(product.Folder, name)}'";
        command.ExecuteNonQuery();
    }

    // As cp does: the same file with other content.
    private static void Overwrite(string file, byte[] content)
    {
        using var same = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        same.SetLength(0);
        same.Write(content);
    }

    // The first page stays, so that it looks like a database.
    private static void Damage(string file, string how)
    {
        using var pages = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        const int page = 4096;
        if (how == "cut")
        {
            pages.SetLength(pages.Length / 2 / page * page);
            return;
        }

        var noise = new byte[pages.Length - page];
        new Random(1).NextBytes(noise);
        pages.Position = page;
        pages.Write(noise);
    }

    private static void Lose(ApplianceProcess product, string how)
    {
        var file = Path.Combine(product.Data, "appliance.db");
        if (how is "pages" or "cut")
        {
            // With everything of the log in it.
            using (var database = new SqliteConnection($"Data Source={file};Pooling=False"))
            {
                database.Open();
                using var command = database.CreateCommand();
                command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
                command.ExecuteNonQuery();
            }

            Damage(file, how);
            return;
        }

        File.Delete(file + "-wal");
        File.Delete(file + "-shm");
        File.Delete(file);
        if (how == "empty")
            File.WriteAllBytes(file, []);
        else if (how == "damaged")
            File.WriteAllText(file, new string('x', 64 * 1024));
        else if (how == "older")
            File.Copy(Path.Combine(product.Folder, "older.db"), file);
    }
}

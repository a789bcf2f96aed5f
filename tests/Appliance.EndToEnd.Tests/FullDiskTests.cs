using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// A data folder whose disk is full or read-only: traffic goes on, an operator can close and drain, everything else says what to do, and
/// all comes back.
/// </summary>
public sealed partial class FullDiskTests
{
    private const string Full = "The disk of the data folder is full";

    [Fact]
    public async Task Running_DiskIsFull_ClosesAndDrainsAndSaysWhatCannotBeDoneUntilThereIsRoom()
    {
        await using var product = Product();
        using var disk = SmallDisk.Mount(product.Data);
        if (disk is null)
            return;
        await using var backend = await BackendProcess.NodeAsync();
        await product.StartAsync();
        (await product.ApplyAsync(Document(backend.Address))).ExitCode.ShouldBe(0);
        var sockets = await Clients.OpenAsync(product.HttpPort, "/chat", 2);

        // What the log of the database has written already it writes again without room: here it has nothing, so that the first save needs
        // some.
        var emptied = await product.RunAsync(
            ["sqlite3", Path.Combine(product.Data, "appliance.db"), "PRAGMA wal_checkpoint(TRUNCATE)"],
            new Dictionary<string, string>()
        );
        emptied.Output.ShouldStartWith("0|", customMessage: emptied.Errors);
        disk.Fill();

        // 1. What cannot be stored is refused, with what to do.
        var refused = await product.ApplyAsync(Document(backend.Address, "other"));
        (refused.ExitCode, refused.Errors.Trim()).ShouldBe((1, $"{Full}; nothing was stored. Make room, and try again."));
        (await product.RunAsync("setup-link")).Errors.ShouldStartWith($"{Full}; nothing was stored.");
        (await SignInAsync(product)).ShouldContain(
            $"{Full}: what runs keeps running, and connections can be closed and drained, but nothing can be saved and nobody can sign in."
        );

        // 2. An operator acts; the audit follows later.
        var closed = await product.RunAsync("close", "--route", "chat", "--code", "4001");
        (closed.ExitCode, closed.Output.Trim()).ShouldBe(
            (
                0,
                "Closed 2 WebSockets with code 4001. The database cannot be written: what was done stands in the log, and in the audit as soon as the database can be written again."
            ),
            closed.Errors
        );
        foreach (var socket in sockets)
            (await Clients.HearCloseAsync(socket)).Code.ShouldBe(4001);
        (await product.RunAsync("drain", "route", "chat")).ExitCode.ShouldBe(0);
        (await product.RunAsync("drain", "cancel", "route", "chat")).ExitCode.ShouldBe(0);
        product.Output.ShouldContain("Not in the audit yet, because the database cannot be written");

        // 3. It is said where people look, and what only reads goes on.
        await Eventually.TrueAsync(
            async () => (await WarningAsync(product))?.StartsWith(Full, StringComparison.Ordinal) == true,
            "/readyz says so"
        );
        var health = await product.RunAsync("healthcheck");
        (health.ExitCode, health.Errors).ShouldBe((0, health.Errors));
        health.Errors.ShouldStartWith($"Warning: {Full}: what runs keeps running");
        (await product.RunAsync("audit", "verify")).ExitCode.ShouldBe(0);
        (await product.RunAsync("revisions")).ExitCode.ShouldBe(0);
        (await product.RunAsync("audit", "export")).Errors.ShouldStartWith(
            $"{Full}; nothing was stored.",
            customMessage: "an export is noted before it leaves"
        );

        // 4. There is room again: nothing is missing.
        disk.Empty();
        await Eventually.TrueAsync(
            async () => await WarningAsync(product) is null,
            "/readyz has no warning any more",
            TimeSpan.FromSeconds(60)
        );
        await Eventually.TrueAsync(
            async () =>
                (await product.RunAsync("audit", "--json")).Output is var audit
                && new[] { "connection.close", "drain.start", "drain.end" }.All(action => audit.Contains(action, StringComparison.Ordinal)),
            "the audit has what was done",
            TimeSpan.FromSeconds(60)
        );
        (await product.RunAsync("audit", "--json")).Output.ShouldContain("ok: written late, because the database could not be written");
        (await product.RunAsync("audit", "verify")).ExitCode.ShouldBe(0);
        (await product.ApplyAsync(Document(backend.Address, "other"))).ExitCode.ShouldBe(0);
        (await product.TerminateAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Start_FolderIsReadOnly_SaysSoInOneSentence()
    {
        await using var product = Product();
        using var disk = SmallDisk.Mount(product.Data);
        if (disk is null)
            return;
        await product.StartAsync();
        await product.TerminateAsync();
        disk.MakeReadOnly();
        var (exit, _, errors) = await product.RunAsync();
        (exit, errors.Trim().Split('\n').Length).ShouldBe((78, 1), errors);
        errors.ShouldStartWith($"The data folder {product.Data} cannot be used (");
        disk.MakeWritable();
        await product.StartAsync();
    }

    [Fact]
    public async Task Start_EmptyFolderOnAFullDisk_SaysSoInOneSentenceAndASupervisorTriesAgain()
    {
        await using var product = Product();
        using var disk = SmallDisk.Mount(product.Data);
        if (disk is null)
            return;
        disk.Fill();
        var (exit, _, errors) = await product.RunAsync();
        (exit, errors.Trim().Split('\n').Length).ShouldBe((74, 1), errors);
        errors.ShouldContain("disk is full. Make room on it");
        disk.Empty();
        await product.StartAsync();
    }

    // After a clean stop the database has no log and no index: both take room at the start.
    [Theory]
    [InlineData("clean stop")]
    [InlineData("killed")]
    [InlineData("database lost")]
    public async Task Start_DiskIsFull_ServesWhatRanSaysWhyAndGoesOnWhenThereIsRoom(string before)
    {
        await using var product = Product();
        using var disk = SmallDisk.Mount(product.Data);
        if (disk is null)
            return;
        await product.StartAsync();
        (await product.ApplyAsync(Answering("one"))).ExitCode.ShouldBe(0);
        if (before == "killed")
            await product.KillAsync();
        else
            (await product.TerminateAsync()).ShouldBe(0);
        if (before == "killed")
            File.Delete(Path.Combine(product.Data, "appliance.db-shm"));
        if (before == "database lost")
            File.Delete(Path.Combine(product.Data, "appliance.db"));
        disk.Fill();

        // 1. It serves, and says what is wrong where people look.
        await product.StartAsync();
        (await RawHttp.GetAsync(product.HttpPort, "/")).Body.ShouldBe("one");
        (await WarningAsync(product))
            .ShouldNotBeNull()
            .ShouldStartWith(
                $"{Full}: what runs keeps running, and connections can be closed and drained, but nothing can be saved and nobody can sign in. "
                    + "Make room"
            );
        var health = await product.RunAsync("healthcheck");
        (health.ExitCode, health.Errors).ShouldBe((0, health.Errors));
        health.Errors.ShouldStartWith($"Warning: {Full}");
        var refused = await product.ApplyAsync(Answering("two"));
        (refused.ExitCode, refused.Errors.Trim()).ShouldBe((1, $"{Full}; nothing was stored. Make room, and try again."));
        (await product.RunAsync("export")).Output.ShouldContain("\"one\"");
        (await product.RunAsync("drain", "route", "all")).ExitCode.ShouldBe(0);
        product.Output.ShouldContain(
            $"The store cannot be read; starting with the last config that worked, revision 1. {Full}. Make room, and try again."
        );
        product.Output.ShouldNotContain("   at ", customMessage: "a full disk is no bug");

        // 2. There is room: nobody has to start it again.
        disk.Empty();
        if (before == "database lost")
        {
            const string lost = "The database is empty, but revision 1 ran last";
            await Eventually.TrueAsync(
                async () => (await WarningAsync(product))?.StartsWith(lost, StringComparison.Ordinal) == true,
                "the loss is said"
            );
            (await product.RunAsync("restore", "--last-good")).ExitCode.ShouldBe(0);
        }

        await Eventually.TrueAsync(async () => await WarningAsync(product) is null, "/readyz has no warning any more");
        (await product.ApplyAsync(Answering("two"))).ShouldSatisfyAllConditions(applied => applied.ExitCode.ShouldBe(0, applied.Errors));
        (await RawHttp.GetAsync(product.HttpPort, "/")).Body.ShouldBe("two");
        (await product.RunAsync("audit", "verify")).ExitCode.ShouldBe(0);
        (await product.TerminateAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Running_DiskOfTheLogIsFull_TrafficGoesOnAndTheLossIsSaid()
    {
        var logs = Directory.CreateTempSubdirectory("appliance-log-").FullName;
        using var disk = SmallDisk.Mount(logs);
        if (disk is null)
            return;
        var log = Path.Combine(logs, "log");
        await using var product = new ApplianceProcess
        {
            Starts = ["bash", "-c", $"exec dotnet \"$@\" >> {log} 2>&1", "bash", ApplianceProcess.Program],
            Settings = { ["APPLIANCE_LOG_LEVEL"] = "trace" },
        };
        await product.StartAsync();
        disk.Fill();
        for (var request = 0; request < 50; request++)
            (await RawHttp.GetAsync(product.HttpPort, "/")).Status.ShouldBe(404);
        disk.Empty();
        await Eventually.TrueAsync(
            async () =>
            {
                (await RawHttp.GetAsync(product.HttpPort, "/")).Status.ShouldBe(404);
                return (await File.ReadAllTextAsync(log)).Contains(
                    "of the log were dropped, because nobody read the output or its disk was full.",
                    StringComparison.Ordinal
                );
            },
            "the loss is said"
        );
        (await product.TerminateAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Running_CopyOfTheConfigCannotBeWritten_IsLiveAndSaysSoUntilItIs()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        var inTheWay = Directory.CreateDirectory(Path.Combine(product.Data, "last-good.json.new"));
        (
            await product.ApplyAsync(
                """{ "routes": [ { "name": "r", "path": "/", "action": { "kind": "respond", "status": 200, "body": "one" } } ] }"""
            )
        ).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(
            async () =>
                (await WarningAsync(product))?.StartsWith(
                    "The copy of revision 1 beside the database (last-good.json) cannot be written",
                    StringComparison.Ordinal
                ) == true,
            "/readyz says so"
        );
        inTheWay.Delete();
        await Eventually.TrueAsync(async () => await WarningAsync(product) is null, "it is tried again", TimeSpan.FromSeconds(60));
        (await File.ReadAllTextAsync(Path.Combine(product.Data, "last-good.json"))).ShouldContain("\"one\"");
    }

    private static ApplianceProcess Product() =>
        new() { Settings = { ["APPLIANCE_ADMIN_USER"] = "boss", ["APPLIANCE_ADMIN_PASSWORD"] = "correct horse battery" } };

    private static string Answering(string body) =>
        $$"""{ "routes": [ { "name": "all", "path": "/", "action": { "kind": "respond", "status": 200, "body": "{{body}}" } } ] }""";

    private static string Document(string server, string name = "chat") =>
        $$"""
            { "routes": [ { "name": "{{name}}", "path": "/chat", "action": { "kind": "proxy", "pool": "one" } } ],
              "upstreamPools": [ { "name": "one", "servers": [ { "address": "{{server}}" } ] } ] }
            """;

    private static async Task<string?> WarningAsync(ApplianceProcess product)
    {
        using var client = new HttpClient();
        using var ready = JsonDocument.Parse(await client.GetStringAsync($"http://127.0.0.1:{product.ConsolePort}/readyz"));
        return ready.RootElement.GetProperty("warning").GetString();
    }

    // What a browser shows to somebody who signs in.
    private static async Task<string> SignInAsync(ApplianceProcess product)
    {
        using var browser = new HttpClient();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var address = $"http://127.0.0.1:{product.ConsolePort}/sign-in";
        var token = Token().Match(await browser.GetStringAsync(address)).Groups[1].Value;
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["_handler"] = "sign-in",
                ["__RequestVerificationToken"] = token,
                ["Input.Name"] = "boss",
                ["Input.Password"] = "correct horse battery",
            }
        );
        using var answer = await browser.PostAsync(address, form);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}

using System.Text.Json;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>The access log as an operator has it: a file, the standard output, signals, a disk that fills up.</summary>
public sealed class AccessLogTests
{
    private const string Document = """
        {
          "routes": [
            { "name": "all", "path": "/", "action": { "kind": "respond", "body": "hello" } },
            { "name": "quiet", "path": "/quiet", "accessLog": false, "action": { "kind": "respond" } }
          ]
        }
        """;

    [Fact]
    public async Task File_AndOutput_HaveEveryLineAndFollowSignals()
    {
        await using var product = new ApplianceProcess();
        var path = Path.Combine(product.Folder, "access.log");
        product.Settings["APPLIANCE_ACCESS_LOG"] = $"stdout,{path}";
        await product.StartAsync();
        (await product.ApplyAsync(Document)).ExitCode.ShouldBe(0);
        using var client = new HttpClient();
        var address = $"http://localhost:{product.HttpPort}";

        // 1. Both places.
        await client.GetAsync($"{address}/quiet");
        await client.GetAsync($"{address}/one");
        await LinesAsync(path, 1);
        (await LinesAsync(path, 1))[0].ShouldMatch("""^127\.0\.0\.1 - - \[.*\] "GET /one HTTP/1\.1" 200 5 "-" "-"$""");
        await Eventually.TrueAsync(
            () => Task.FromResult(product.Output.Contains("\"GET /one HTTP/1.1\" 200 5", StringComparison.Ordinal)),
            "it is on the standard output, too"
        );

        // 2. Renamed, then USR1, as logrotate does. Neither it nor the others end anything.
        File.Move(path, path + ".old");
        await product.SignalAsync("USR1");
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(path)), "it is opened again");
        if (Console.IsInputRedirected)
            await product.SignalAsync("HUP"); // with a terminal it ends the product, as any program of that terminal
        await product.SignalAsync("USR2");
        await client.GetAsync($"{address}/two");
        (await LinesAsync(path, 1))[0].ShouldContain("GET /two");

        // 3. What waits is written at a stop; QUIT is one.
        await client.GetAsync($"{address}/three");
        await product.SignalAsync("QUIT");
        await product.Process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        product.Process.ExitCode.ShouldBe(0);
        (await LinesAsync(path, 2))[1].ShouldContain("GET /three");
    }

    // What reads nginx's logs reads ours.
    [Fact]
    public async Task Combined_ReadByGoAccess_HasEveryRequest()
    {
        const string program = "/usr/bin/goaccess";
        if (!File.Exists(program))
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install goaccess.");
            return;
        }

        await using var product = new ApplianceProcess();
        var path = Path.Combine(product.Folder, "access.log");
        product.Settings["APPLIANCE_ACCESS_LOG"] = path;
        await product.StartAsync();
        (await product.ApplyAsync(Document)).ExitCode.ShouldBe(0);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "Mozilla/5.0 (\"odd\\) Gecko/20100101 Firefox/140.0");
        foreach (var target in new[] { "one", "two?q=a%22b", "three", "%C3%A4" })
            await client.GetAsync($"http://localhost:{product.HttpPort}/{target}");
        await LinesAsync(path, 4);
        var (exit, output, errors) = await product.RunAsync(
            [program, path, "--log-format=COMBINED", "-o", "json", "--no-progress"],
            new Dictionary<string, string>()
        );
        exit.ShouldBe(0, errors);
        using var report = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        var general = report.RootElement.GetProperty("general");
        general.GetProperty("total_requests").GetInt32().ShouldBe(4);
        general.GetProperty("valid_requests").GetInt32().ShouldBe(4);
        general.GetProperty("failed_requests").GetInt32().ShouldBe(0);
    }

    // No restart: what is open stays open.
    [Fact]
    public async Task Command_ChangesLogAndAccessLog_WhileItRuns()
    {
        await using var product = new ApplianceProcess();
        var path = Path.Combine(product.Folder, "access.log");
        await product.StartAsync();
        (await product.ApplyAsync(Document)).ExitCode.ShouldBe(0);
        using var client = new HttpClient();
        var address = $"http://localhost:{product.HttpPort}";
        await client.GetAsync($"{address}/before");
        var (exit, shown, _) = await product.RunAsync("log", "access", path, "--format", "$uri $status");
        exit.ShouldBe(0);
        shown.ShouldContain($"Access log: {path}, $uri $status (APPLIANCE_ACCESS_LOG is off)");
        await client.GetAsync($"{address}/now");
        (await LinesAsync(path, 1)).ShouldBe(["/now 200"]);

        // What cannot be taken changes nothing.
        var refused = await product.RunAsync("log", "access", Path.Combine(product.Folder, "nowhere", "access.log"));
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain("cannot be written");
        (await product.RunAsync("log", "access", path, "--format", "$nothing")).Errors.ShouldContain("nothing");
        (await product.RunAsync("log", "level", "debug", "--area", "kitchen")).Errors.ShouldContain("There is no area \"kitchen\"");
        (await product.RunAsync("log", "level", "loud")).Errors.ShouldContain("There is no level \"loud\"");
        await client.GetAsync($"{address}/still");
        (await LinesAsync(path, 2)).ShouldBe(["/now 200", "/still 200"]);

        (await product.RunAsync("log", "format", "json")).ExitCode.ShouldBe(0);
        (await product.RunAsync("log", "level", "debug", "--for", "1h")).Output.ShouldContain("everything    debug");
        (await product.ApplyAsync("""{ "routes": [] }""")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(
            () => Task.FromResult(product.Output.Contains("\"Message\":\"Revision 2 is live", StringComparison.Ordinal)),
            "the log is written as JSON"
        );
        (await product.RunAsync("log", "access", "off")).Output.ShouldContain("Access log: off\n");
        (await product.RunAsync("audit", "--action", "log")).Output.ShouldContain("the access log");
    }

    [Fact]
    public async Task Json_WhileTheDiskIsFull_LosesLinesAndNoRequest()
    {
        await using var product = new ApplianceProcess();
        using var disk = SmallDisk.Mount(Path.Combine(product.Folder, "logs"));
        if (disk is null)
            return;
        var path = Path.Combine(product.Folder, "logs", "access.log");
        product.Settings["APPLIANCE_ACCESS_LOG"] = path;
        product.Settings["APPLIANCE_ACCESS_LOG_FORMAT"] = "json";
        await product.StartAsync();
        (await product.ApplyAsync(Document)).ExitCode.ShouldBe(0);
        using var client = new HttpClient();
        var address = $"http://localhost:{product.HttpPort}";
        await client.GetAsync($"{address}/before");
        await LinesAsync(path, 1);

        disk.Fill();
        await Eventually.TrueAsync(
            async () =>
            {
                (await client.GetStringAsync($"{address}/full")).ShouldBe("hello");
                return product.Output.Contains("of the access log", StringComparison.Ordinal);
            },
            "the loss is said, and no request waits for the disk"
        );
        product.Output.ShouldContain("No space left on device");

        disk.Empty();
        await Eventually.TrueAsync(
            async () =>
            {
                await client.GetAsync($"{address}/later");
                return (await File.ReadAllTextAsync(path)).Contains("/later", StringComparison.Ordinal);
            },
            "it goes on when there is room"
        );

        // Not one line is in pieces.
        foreach (var line in await File.ReadAllLinesAsync(path))
            JsonDocument.Parse(line).RootElement.GetProperty("route").GetString().ShouldBe("all");
    }

    [Fact]
    public async Task Start_FileCannotBeWritten_SaysSo()
    {
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_ACCESS_LOG"] = Path.Combine(product.Folder, "none", "access.log");
        var (code, _, errors) = await product.RunAsync();
        code.ShouldBe(78);
        errors.ShouldContain("The access log");
        errors.ShouldContain("APPLIANCE_ACCESS_LOG");
    }

    private static async Task<string[]> LinesAsync(string path, int count)
    {
        string[] lines = [];
        await Eventually.TrueAsync(
            async () => File.Exists(path) && (lines = await File.ReadAllLinesAsync(path)).Length >= count,
            $"{path} has {count} lines"
        );
        return lines;
    }
}

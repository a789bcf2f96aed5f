using System.Net.Sockets;
using System.Text.Json;
using Appliance.Data;
using Appliance.Testing;
using Appliance.Web.CommandLine;
using Appliance.Web.Control;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;
using Appliance.Web.Tests.Control;

namespace Appliance.Web.Tests.CommandLine;

/// <summary>Commands as a shell sees them: arguments in, exit code and text out.</summary>
public sealed class CommandsTests : IDisposable
{
    private const string Document = """{ "routes": [ { "name": "hi", "path": "/", "action": { "kind": "respond", "body": "hi" } } ] }""";
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-cli-").FullName;

    private string Data => Path.Combine(_folder, "data");

    [Theory]
    [InlineData("aply")]
    [InlineData("apply")]
    [InlineData("apply", "a", "b")]
    [InlineData("export", "--nonsense")]
    public async Task Usage_NotUnderstood_Is64WithTheWayOut(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        run.ExitCode.ShouldBe(ExitCodes.Usage);
        run.Errors.ShouldContain("appliance --help");
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Help_BadEnvironment_StillHelps()
    {
        var run = await RunAsync(["--help"], new(null, ["APPLIANCE_BIND is bad."], []));
        run.ExitCode.ShouldBe(0);
        foreach (
            var word in new[]
            {
                "appliance [command]",
                "--demo",
                "export",
                "apply",
                "revisions",
                "requests",
                "connections",
                "close",
                "drain",
                "healthcheck",
                "schema",
                "version",
            }
        )
            run.Output.ShouldContain(word);
        run.Output.ShouldNotContain("Appliance.Web");
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_BadEnvironment_Is78WithEveryProblem()
    {
        var run = await RunAsync([], new(null, ["first.", "second."], ["third."]));
        run.ExitCode.ShouldBe(ExitCodes.Settings);
        run.Errors.ShouldBe($"warning: third.{Environment.NewLine}first.{Environment.NewLine}second.{Environment.NewLine}");
    }

    [Fact]
    public async Task Schema_Asked_IsTheOneInTheDocs() =>
        (await RunAsync(["schema"])).Output.ShouldBe(
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "config.schema.json"))
        );

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Version_Asked_IsOneLine(string argument) =>
        (await RunAsync([argument])).Output.ShouldMatch(@"^appliance \d+\.\d+\.\d+\S* on \.NET \S+, \S+\s*$");

    [Fact]
    public async Task Apply_NothingRuns_IsStoredAndExitsTwo()
    {
        var run = await ApplyAsync(Document, "--comment", "first");
        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBe($"  added route hi{Environment.NewLine}");
        run.Errors.ShouldContain("Nothing is running here; it will be live at the next start.");

        var revisions = await RunAsync(["revisions"]);
        revisions.Output.ShouldMatch(@"^REVISION  WHEN \(UTC\)  .*\n1 .*  apply  added route [^ ]+  first\n$");
        JsonDocument
            .Parse((await RunAsync(["revisions", "--json"])).Output)
            .RootElement[0]
            .GetProperty("comment")
            .GetString()
            .ShouldBe("first");

        (await ApplyAsync(Document)).ShouldSatisfyAllConditions(
            again => again.ExitCode.ShouldBe(0),
            again => again.Output.ShouldContain("Nothing differs from revision 1.")
        );
    }

    [Fact]
    public async Task Apply_StandardInput_IsRead() =>
        (await RunAsync(["apply", "-", "--dry-run"], input: Document)).Output.ShouldContain("added route hi");

    [Fact]
    public async Task Apply_DryRun_StoresNothing()
    {
        (await ApplyAsync(Document, "--dry-run")).ExitCode.ShouldBe(0);
        (await RunAsync(["revisions"])).Output.ShouldStartWith("Nothing was stored yet.");
    }

    [Fact]
    public async Task Apply_StaleGuard_NamesBothNumbers()
    {
        await ApplyAsync(Document);
        var run = await ApplyAsync("""{ "revision": 0, "routes": [] }""");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error: revision [stale_revision]");
        run.Errors.ShouldContain("revision 0");
        run.Errors.ShouldContain("1;");
    }

    [Fact]
    public async Task Apply_Json_IsForMachines()
    {
        var run = await ApplyAsync(
            """{ "routes": [ { "name": "a", "path": "/", "action": { "kind": "proxy", "pool": "none" } } ] }""",
            "--json"
        );
        var answer = JsonDocument.Parse(run.Output).RootElement;
        (run.ExitCode, answer.GetProperty("exitCode").GetInt32()).ShouldBe((1, 1));
        answer.GetProperty("problems")[0].GetProperty("severity").GetString().ShouldBe("error");
    }

    [Fact]
    public async Task Apply_FileIsMissing_IsOneSentence()
    {
        var run = await RunAsync(["apply", Path.Combine(_folder, "missing.json")]);
        run.ExitCode.ShouldBe(1);
        run.Errors.Trim().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public async Task Export_ToFile_CanBeApplied()
    {
        await ApplyAsync(Document);
        var file = Path.Combine(_folder, "out.json");
        (await RunAsync(["export", "-o", file])).ShouldBe((0, "", ""));
        File.ReadAllText(file).ShouldBe((await RunAsync(["export"])).Output);
        (await RunAsync(["apply", file])).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("requests")]
    [InlineData("requests", "--failed", "--follow")]
    [InlineData("connections")]
    [InlineData("connections", "--ended")]
    [InlineData("close", "--all")]
    [InlineData("drain", "route", "chat")]
    [InlineData("drain", "list")]
    [InlineData("drain", "cancel", "pool", "chat")]
    [InlineData("healthcheck")]
    public async Task AskingTheRunning_NothingRuns_IsThree(params string[] command)
    {
        var run = await RunAsync(command);
        run.ExitCode.ShouldBe(ExitCodes.NotRunning);
        run.Errors.ShouldBe($"Nothing is running on {Data}.{Environment.NewLine}");
        Directory.Exists(Data).ShouldBeFalse();
    }

    [Fact]
    public async Task Commands_ProcessRuns_AreAnsweredByIt()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var settings = new SettingsReading(new() { Data = console.Folder }, [], []);
        var apply = await RunAsync(["apply", "-"], settings, Document);
        (apply.ExitCode, apply.Errors).ShouldBe((0, ""));
        apply.Output.ShouldEndWith($"Revision 1 is live.{Environment.NewLine}");
        (await RunAsync(["healthcheck"], settings)).Output.ShouldBe($"Ready: revision 1 is live.{Environment.NewLine}");
        (await RunAsync(["connections"], settings)).Output.ShouldBe($"No WebSocket is open.{Environment.NewLine}");
        (await RunAsync(["connections", "--json"], settings)).Output.Trim().ShouldBe("[]");
    }

    // The writer of the document may take any time, and a start waits for a command that holds the folder.
    [Fact]
    public async Task Apply_StandardInput_IsReadBeforeTheFolderIsHeld()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        using var input = new Looking(() => DataFolder.Open(Data).Dispose(), Document);
        var commands = new Commands(new(new() { Data = Data }, [], []), input, output, errors);
        (await commands.RunAsync(["apply", "-"], CancellationToken.None)).ShouldBe(ExitCodes.NotLive, errors.ToString());
        input.Reads.ShouldBe(1);
    }

    [Theory]
    [InlineData("whether the change was stored. Look at \"appliance revisions\".", "apply", "-")]
    [InlineData("whether they were closed. Look at \"appliance connections\".", "close", "--all")]
    [InlineData("whether this was done. Look at \"appliance drain list\".", "drain", "route", "hi")]
    [InlineData("whether they were ended. Look at \"appliance sessions\".", "sessions", "end", "--all")]
    public async Task Deed_ProcessEndsUnderIt_SaysWhatIsNotKnown(string unknown, params string[] command)
    {
        var path = ControlSocket.PathFor(Data);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var dies = SayHelloAndDieAsync(listener);
        var run = await RunAsync(command, input: Document);
        run.ExitCode.ShouldBe(ExitCodes.Problems);
        run.Errors.ShouldStartWith("The running process did not answer as it should (");
        run.Errors.ShouldContain("it is not known " + unknown);
        await dies;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task SayHelloAndDieAsync(Socket listener)
    {
        using var taken = await listener.AcceptAsync();
        var buffer = new byte[64 * 1024];
        await taken.ReceiveAsync(buffer);
        await taken.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        await taken.ReceiveAsync(buffer);
    }

    private async Task<(int ExitCode, string Output, string Errors)> ApplyAsync(string document, params string[] options)
    {
        var file = Path.Combine(_folder, "config.json");
        await File.WriteAllTextAsync(file, document);
        return await RunAsync(["apply", file, .. options]);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string[] arguments,
        SettingsReading? settings = null,
        string input = ""
    )
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        settings ??= new(new() { Data = Data }, [], []);
        var exitCode = await new Commands(settings, new StringReader(input), output, errors).RunAsync(arguments, CancellationToken.None);
        return (exitCode, output.ToString(), errors.ToString());
    }

    private sealed class Looking(Action look, string text) : StringReader(text)
    {
        public int Reads { get; private set; }

        public override Task<string> ReadToEndAsync(CancellationToken cancellationToken)
        {
            look();
            Reads++;
            return base.ReadToEndAsync(cancellationToken);
        }
    }
}

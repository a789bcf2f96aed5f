using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.Notices.Channels;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>
/// Scripts that the pages print run as printed, in a clean folder. What a test may not do to a machine (services, containers) has a
/// stand-in, named here.
/// </summary>
public sealed partial class PrintedScriptsTests
{
    // The scripts of the pages, by something that stands in one alone, and where each is run.
    private static readonly Dictionary<string, string> _run = new()
    {
        ["VACUUM INTO"] = nameof(Backup_WhileItRuns_IsAWholeDatabase),
        ["ls -t backup/"] = nameof(BackupTests.Backup_CommandsOfTheDocs_BringEverythingToANewMachine),
        ["tar -C data -cz"] = nameof(Move_ToAnotherMachine_BringsEverything),
        ["tar -C data -xp"] = nameof(Move_ToAnotherMachine_BringsEverything),
        ["RENEWED_LINEAGE"] = nameof(DeployHook_OfCertbot_BringsACertificate),
        ["/api/v1/config?dry_run=true"] = nameof(Api_FirstChange_IsLive),
        ["openssl dgst -sha256 -hmac"] = nameof(Signature_OfANotice_IsChecked),
        ["docker exec appliance"] = nameof(Container_ItsCommands_CarryTheConfig),
        ["dotnet run --project"] = nameof(LongScriptsTests.Readme_FirstCommand_StartsEverything),
        ["dotnet publish"] = nameof(LongScriptsTests.Systemd_Installed_Serves),
        ["./dev test"] = ".ci/run runs it",
        ["nft add table"] = "a redirection in the kernel of the machine",
        ["docker build"] = "tests/container/check.py builds and runs the image: ./dev image",
    };

    private static IEnumerable<DocBlock> Blocks() =>
        DocPages.Blocks().Where(block => block.Language == "sh" && !block.Lines.Any(line => Assignment().IsMatch(line)));

    [Fact]
    public void Scripts_EachIsRun()
    {
        Blocks().Where(block => _run.Keys.Count(block.Text.Contains) != 1).ShouldBeEmpty("a page prints a script that no test runs");
        _run.Keys.Where(key => !Blocks().Any(block => block.Text.Contains(key))).ShouldBeEmpty();
    }

    /// <summary>The script that has these words.</summary>
    public static DocBlock Block(string words) => Blocks().Single(block => block.Text.Contains(words));

    [Fact]
    public async Task Backup_WhileItRuns_IsAWholeDatabase()
    {
        var block = Block("VACUUM INTO");
        await using var product = new ApplianceProcess();
        await StartAsync(product);
        using var shell = new DocShell(product);
        await RunAsync(shell, block.Text);
        var copy = Directory.GetFiles(Path.Combine(product.Folder, "backup"), "appliance-*.db").ShouldHaveSingleItem();
        File.GetUnixFileMode(copy).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // On another machine: nothing but the copy, and the config is there.
        await using var other = new ApplianceProcess();
        File.Copy(copy, Path.Combine(Directory.CreateDirectory(other.Data).FullName, "appliance.db"));
        (await other.RunAsync("export")).Output.ShouldBe((await product.RunAsync("export")).Output);
    }

    [Fact]
    public async Task Move_ToAnotherMachine_BringsEverything()
    {
        await using var old = new ApplianceProcess();
        await StartAsync(old);
        var before = (await old.RunAsync("export")).Output;
        (await old.TerminateAsync()).ShouldBe(0);
        using (var shell = new DocShell(old))
            await RunAsync(shell, Block("tar -C data -cz").Text);

        await using var other = new ApplianceProcess();
        File.Move(Path.Combine(old.Folder, "appliance-move.tar.gz"), Path.Combine(other.Folder, "appliance-move.tar.gz"));
        using (var shell = new DocShell(other))
            await RunAsync(shell, Block("tar -C data -xp").Text);
        Directory.Exists(Path.Combine(other.Data, "control")).ShouldBeFalse("the socket of a process that has ended");
        await other.StartAsync();
        (await other.RunAsync("export")).Output.ShouldBe(before);
        (await File.ReadAllBytesAsync(Path.Combine(other.Data, "master.key"))).ShouldBe(
            await File.ReadAllBytesAsync(Path.Combine(old.Data, "master.key"))
        );
    }

    [Fact]
    public async Task Api_FirstChange_IsLive()
    {
        await using var product = new ApplianceProcess();
        await StartAsync(product);
        using var shell = new DocShell(product);
        var console = $"http://127.0.0.1:{product.ConsolePort}";
        var output = await RunAsync(shell, Block("/api/v1/config?dry_run=true").Text.Replace("http://127.0.0.1:8081", console));
        output.ShouldContain("changed route");
        output.ShouldMatch(@"revision \d+, live: true");
        (await product.RunAsync("revisions")).Output.ShouldContain("from the pipeline");
        (await product.RunAsync("export")).Output.ShouldContain("shop.example.com");
        File.GetUnixFileMode(Path.Combine(product.Folder, "ci.header")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task DeployHook_OfCertbot_BringsACertificate()
    {
        var block = Block("RENEWED_LINEAGE");
        await using var product = new ApplianceProcess();
        var folder = Directory.CreateDirectory(Path.Combine(product.Folder, "certificates")).FullName;
        var lineage = Directory.CreateDirectory(Path.Combine(product.Folder, "live", "shop.example.com")).FullName;
        var (chain, key, _) = Issue.Pem(["shop.example.com"]);
        await File.WriteAllTextAsync(Path.Combine(lineage, "fullchain.pem"), chain);
        await File.WriteAllTextAsync(Path.Combine(lineage, "privkey.pem"), key);
        product.Settings["APPLIANCE_CERTIFICATES"] = folder;
        product.Settings["APPLIANCE_HTTPS_PORT"] = "0";
        using var shell = new DocShell(product) { Variables = { ["RENEWED_LINEAGE"] = lineage } };
        await RunAsync(shell, block.Text.Replace("/etc/appliance/certificates", folder).Replace("-o appliance", "-o $(id -un)"));
        File.GetUnixFileMode(Path.Combine(folder, "shop.example.com.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await product.StartAsync();
        (await product.RunAsync("certificates")).Output.ShouldContain("shop.example.com");
    }

    [Theory]
    [InlineData("geheim", "It comes from Appliance, at ")]
    [InlineData("another", "It does not.")]
    public async Task Signature_OfANotice_IsChecked(string secret, string answer)
    {
        await using var product = new ApplianceProcess();
        const string Body = "{\"text\":\"a \u00fc\"}\n";
        await File.WriteAllTextAsync(Path.Combine(product.Folder, "body.json"), Body);
        using var shell = new DocShell(product)
        {
            Variables = { ["header"] = WebhookBody.Signature("geheim", DateTimeOffset.UnixEpoch.AddYears(56), Body), ["secret"] = secret },
        };
        (await RunAsync(shell, Block("openssl dgst -sha256 -hmac").Text)).ShouldStartWith(answer);
    }

    [Fact]
    public async Task Container_ItsCommands_CarryTheConfig()
    {
        var block = Block("docker exec appliance");
        await using var product = new ApplianceProcess();
        await StartAsync(product);
        using var shell = new DocShell(product);
        // The container engine's part: "exec [-i] NAME COMMAND" runs the command beside the process.
        shell.Program(
            "docker",
            """[ "$1" = exec ] || exit 125; shift; [ "$1" != -i ] || shift; [ "$1" = appliance ] || exit 125; shift; exec "$@" """
        );
        (await RunAsync(shell, block.Text)).ShouldContain("Revision");
        (await File.ReadAllTextAsync(Path.Combine(product.Folder, "config.json"))).ShouldContain("upstreamPools");
    }

    // Not the demo, whose ports are fixed: tests run beside one another.
    private static async Task StartAsync(ApplianceProcess product)
    {
        await product.StartAsync();
        (
            await product.ApplyAsync("""{ "upstreamPools": [ { "name": "p", "servers": [ { "address": "http://127.0.0.1:9" } ] } ] }""")
        ).ExitCode.ShouldBe(0);
    }

    private static async Task<string> RunAsync(DocShell shell, string script)
    {
        var (code, output) = await shell.RunAsync("set -euo pipefail\n" + script);
        code.ShouldBe(0, output);
        return output;
    }

    [GeneratedRegex("^APPLIANCE_[A-Z0-9_]+=")]
    private static partial Regex Assignment();
}

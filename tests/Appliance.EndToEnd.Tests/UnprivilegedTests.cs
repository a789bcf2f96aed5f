using System.Diagnostics;
using System.Net;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// What a container and a systemd unit promise: a user without rights, a program that cannot be written, one folder to write in.
/// </summary>
public sealed class UnprivilegedTests
{
    // No other user's: whatever belongs to it was written by this test's product.
    private static readonly int _user = 200_000 + Environment.ProcessId;

    [UnprivilegedFact]
    public async Task Run_ReadOnlyProgramAndNoTemporaryFolder_WritesOnlyInItsDataFolder()
    {
        var place = Directory.CreateTempSubdirectory("appliance-program-").FullName;
        try
        {
            var program = await PublishedAsync(Path.Combine(place, "app"));
            var home = Path.Combine(place, "home");
            await ShellAsync("install", "-d", "-m", "0777", home); // it could write there
            await using var product = new ApplianceProcess
            {
                Starts =
                [
                    "setpriv",
                    $"--reuid={_user}",
                    "--regid=0",
                    "--clear-groups",
                    "--no-new-privs",
                    "--inh-caps=-all",
                    "--bounding-set=-all",
                    "dotnet",
                    program,
                ],
                Settings =
                {
                    ["DOTNET_EnableDiagnostics"] = "0",
                    ["HOME"] = home,
                    ["TMPDIR"] = "/nowhere",
                },
            };
            await ShellAsync("chmod", "755", place, product.Folder);
            await ShellAsync("install", "-d", "-m", "0770", "-o", $"{_user}", "-g", "0", product.Data);
            await product.StartAsync();

            (
                await product.ApplyAsync(
                    """{ "routes": [ { "name": "all", "path": "/", "action": { "kind": "respond", "status": 200, "body": "here" } } ] }"""
                )
            ).ShouldSatisfyAllConditions(applied => applied.Errors.ShouldBeEmpty(), applied => applied.ExitCode.ShouldBe(0));
            using var client = new HttpClient();
            (await client.GetAsync($"http://127.0.0.1:{product.HttpPort}/")).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await client.GetAsync((await product.RunAsync("setup-link")).Output.Trim())).StatusCode.ShouldBe(HttpStatusCode.OK); // its form needs the keys of cookies
            (await product.RunAsync("healthcheck")).ExitCode.ShouldBe(0);

            var status = await File.ReadAllLinesAsync($"/proc/{product.Process.Id}/status");
            status.ShouldContain(line => line.StartsWith($"Uid:\t{_user}\t", StringComparison.Ordinal));
            status.ShouldContain("CapEff:\t0000000000000000");
            WrittenOutside(product.Data, place, product.Folder, Path.GetTempPath(), "/var/tmp", "/dev/shm").ShouldBeEmpty();
            Directory.GetFiles(Path.Combine(product.Data, "session-keys")).ShouldHaveSingleItem();
            product.Output.ShouldNotContain("DataProtection");
            product.Output.ShouldNotContain("fail: ");
            (await product.TerminateAsync()).ShouldBe(0);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    [UnprivilegedTheory]
    [InlineData("0555")]
    [InlineData("0000")]
    public async Task Run_DataFolderThatCannotBeWritten_OneSentenceAnd78(string mode)
    {
        var place = Directory.CreateTempSubdirectory("appliance-program-").FullName;
        try
        {
            var program = await PublishedAsync(Path.Combine(place, "app"));
            await using var product = new ApplianceProcess
            {
                Starts = ["setpriv", $"--reuid={_user}", "--regid=0", "--clear-groups", "--bounding-set=-all", "dotnet", program],
                Settings = { ["HOME"] = "/nowhere" },
            };
            await ShellAsync("chmod", "755", place, product.Folder);
            await ShellAsync("install", "-d", "-m", mode, product.Data);
            var run = await product.RunAsync();
            run.ExitCode.ShouldBe(78, run.Output + run.Errors);
            run.Errors.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain(product.Data);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    // As a published folder: nothing in it leads back into the source tree or a package cache, which that user may not enter.
    private static async Task<string> PublishedAsync(string folder)
    {
        await ShellAsync("cp", "-r", Path.GetDirectoryName(ApplianceProcess.Program)!, folder);
        File.Delete(Path.Combine(folder, "Appliance.Web.staticwebassets.runtime.json"));
        await ShellAsync("chmod", "-R", "a+rX,a-w", folder);
        return Path.Combine(folder, Path.GetFileName(ApplianceProcess.Program));
    }

    private static List<string> WrittenOutside(string data, params string[] places)
    {
        var find = new ProcessStartInfo("find", [.. places, "-uid", $"{_user}", "-not", "-path", $"{data}", "-not", "-path", $"{data}/*"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var run = Process.Start(find) ?? throw new InvalidOperationException("find did not start.");
        run.ErrorDataReceived += (_, _) => { }; // what others delete while it looks
        run.BeginErrorReadLine();
        return [.. run.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static async Task ShellAsync(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        await run.WaitForExitAsync();
        run.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
    }
}

/// <summary>A test that changes to a user without rights, which only root can; skipped elsewhere.</summary>
public sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute() => Skip = Missing;

    /// <summary>What keeps one from it here.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "Only root can start the product as another user."
        : File.Exists("/usr/bin/setpriv") ? null
        : "setpriv is missing: apt-get install util-linux";
}

/// <summary>The same with data.</summary>
public sealed class UnprivilegedTheoryAttribute : TheoryAttribute
{
    public UnprivilegedTheoryAttribute() => Skip = UnprivilegedFactAttribute.Missing;
}

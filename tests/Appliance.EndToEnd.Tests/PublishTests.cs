using System.Diagnostics;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// The commands of docs/operations/systemd.md, as they are printed there: what they make is for one platform, and it runs.
/// </summary>
public sealed class PublishTests
{
    private const long MostBytes = 80_000_000;

    [Fact]
    [Trait("Kind", "Long")]
    public async Task Publish_CommandOfTheDocs_MakesAFolderForOnePlatform()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "systemd.md"));
        var command = page.Split('\n').Single(line => line.StartsWith("dotnet publish ", StringComparison.Ordinal)).Split('#')[0];
        var folder = Directory.CreateTempSubdirectory("appliance-publish-").FullName;
        try
        {
            // A copy, so that nothing that others build meanwhile is touched.
            await ShellAsync($"git ls-files -z | xargs -0 cp --parents -t '{folder}'", Repository.Root);
            await ShellAsync(command, folder);
            var made = Path.Combine(folder, "out");
            Directory.Exists(Path.Combine(made, "runtimes")).ShouldBeFalse("native libraries of other platforms");
            File.Exists(Path.Combine(made, "libe_sqlite3.so")).ShouldBeTrue("that of this platform");
            new DirectoryInfo(made).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length).ShouldBeLessThan(MostBytes);
            await using var product = new ApplianceProcess { Starts = ["dotnet", Path.Combine(made, "Appliance.Web.dll")] };
            await product.StartAsync();
            (await product.TerminateAsync()).ShouldBe(0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Unit_Documentation_IsWhereTheDocsPutIt()
    {
        var unit = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "examples", "appliance.service"));
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "systemd.md"));
        var file = unit.Single(line => line.StartsWith("Documentation=", StringComparison.Ordinal))[
            "Documentation=file:/opt/appliance/".Length..
        ];
        File.Exists(Path.Combine(Repository.Root, file)).ShouldBeTrue(file);
        page.ShouldContain($"sudo cp {file} LICENSE /opt/appliance/");
        unit.ShouldContain("WorkingDirectory=%S/appliance");
    }

    private static async Task ShellAsync(string command, string folder)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("bash", ["-euc", command])
            {
                WorkingDirectory = folder,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!; // bash is there
        var (said, errors) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        shell.ExitCode.ShouldBe(0, await said + await errors);
    }
}

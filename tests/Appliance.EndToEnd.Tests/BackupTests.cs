using System.Diagnostics;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Appliance.Web.Hosting;

namespace Appliance.EndToEnd.Tests;

/// <summary>The commands of docs/operations/backup.md, as they are printed there.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task Backup_CommandsOfTheDocs_BringEverythingToANewMachine()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "backup.md"));
        var blocks = page.Split("```sh\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToArray();
        blocks.Length.ShouldBe(2, "one to make a copy, one to put it in place");
        await using var old = new ApplianceProcess();
        using (var node = await Node.OpenAsync(new() { Data = old.Data }, default))
        {
            var (chain, key, _) = Issue.Pem(["a.example.com"]);
            var material = CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
            await node.Certificates.AddAsync("site", CertificateKind.Uploaded, material, Actor.Local("boss"), default);
        }

        await old.StartAsync();
        (
            await old.ApplyAsync(
                "{ \"routes\": [ { \"name\": \"all\", \"path\": \"/\", \"action\": { \"kind\": \"respond\", \"status\": 204 } } ] }"
            )
        ).ExitCode.ShouldBe(0);
        await ShellAsync(blocks[0], old.Folder);

        await using var other = new ApplianceProcess();
        Directory.Move(Path.Combine(old.Folder, "backup"), Path.Combine(other.Folder, "backup"));
        await ShellAsync(blocks[1], other.Folder);
        await other.StartAsync();
        (await RawHttp.GetAsync(other.HttpPort, "/", "a.example.com")).Status.ShouldBe(204);
        var certificates = await other.RunAsync("certificates");
        certificates.Output.ShouldContain("a.example.com");
        (certificates.Output + certificates.Errors).ShouldNotContain("cannot be opened");

        // A copy of nothing is noticed.
        await other.TerminateAsync();
        var elsewhere = Directory.CreateDirectory(Path.Combine(other.Folder, "elsewhere"));
        elsewhere.CreateSubdirectory("data");
        using (
            var wrong = Process.Start(
                new ProcessStartInfo("bash", ["-euc", blocks[0]])
                {
                    WorkingDirectory = elsewhere.FullName,
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                }
            )!
        ) // bash is there
        {
            (await wrong.StandardError.ReadToEndAsync()).ShouldContain("no such table");
            await wrong.WaitForExitAsync();
            wrong.ExitCode.ShouldNotBe(0);
        }

        // The key is what it takes.
        File.Delete(Path.Combine(other.Data, "master.key"));
        await other.StartAsync();
        var lost = await other.RunAsync("certificates");
        (lost.Output + lost.Errors).ShouldContain("cannot be opened");
    }

    private static async Task ShellAsync(string commands, string folder)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("bash", ["-euc", commands]) { WorkingDirectory = folder, RedirectStandardError = true }
        )!; // bash is there
        var errors = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        shell.ExitCode.ShouldBe(0, errors);
    }
}

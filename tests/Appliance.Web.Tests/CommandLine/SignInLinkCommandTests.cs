using System.Text.RegularExpressions;
using Appliance.Web.CommandLine;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.CommandLine;

public sealed class SignInLinkCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-link-").FullName;

    [Fact]
    public async Task Link_NothingRuns_IsMadeForAnAdministratorOnly()
    {
        (await RunAsync()).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(ExitCodes.Problems),
            run => run.Output.ShouldBeEmpty(),
            run => run.Errors.ShouldContain("setup-link")
        );
        using (var node = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None))
            await node.Accounts.AddFirstAsync("ann", "hash", CancellationToken.None);
        (await RunAsync("--user", "bert")).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(ExitCodes.Problems),
            run => run.Errors.ShouldContain("bert")
        );
        var made = await RunAsync("--user", "Ann");
        made.ExitCode.ShouldBe(0, made.Errors);
        var token = Regex.Match(made.Output, @"^https://console\.example\.com/sign-in/link\?token=([0-9a-f]{48})\s*$").Groups[1].Value;
        using var again = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None);
        (await again.Accounts.LookAtSignInLinkAsync(token, CancellationToken.None)).ShouldBe((null, "ann"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var settings = new SettingsReading(new() { Data = _folder, PublicUrl = new("https://console.example.com/") }, [], []);
        var exitCode = await new Commands(settings, TextReader.Null, output, errors).RunAsync(
            ["sign-in-link", .. arguments],
            CancellationToken.None
        );
        return (exitCode, output.ToString(), errors.ToString());
    }
}

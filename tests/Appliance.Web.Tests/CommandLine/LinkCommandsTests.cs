using Appliance.Data.Accounts;
using Appliance.Web.CommandLine;
using Appliance.Web.Startup;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.CommandLine;

/// <summary>
/// Links that the command line prints lead to the console of the process that runs, whatever the settings of the shell are.
/// </summary>
public sealed class LinkCommandsTests
{
    [Theory]
    [InlineData("setup-link", "/setup")]
    [InlineData("sign-in-link", "/sign-in/link")]
    public async Task Link_OfARunningProcess_LeadsToItsConsole(string command, string path)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        await console.Services.GetRequiredService<AccountStore>().AddFirstAsync("ann", "hash", CancellationToken.None);
        var link = new Uri(await RunAsync(console.Folder, command));
        link.GetLeftPart(UriPartial.Path).ShouldBe($"http://localhost:{console.Port}{path}");
        using var client = new HttpClient();
        (await client.GetAsync(link)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Theory]
    [InlineData("setup-link")]
    [InlineData("sign-in-link")]
    public async Task Link_OfARunningProcessWithAName_HasThatName(string command)
    {
        await using var console = await ConsoleUnderTest.StartAsync(with: options =>
            options with
            {
                PublicUrl = new("https://proxy.example.com/"),
            }
        );
        await console.Services.GetRequiredService<AccountStore>().AddFirstAsync("ann", "hash", CancellationToken.None);
        (await RunAsync(console.Folder, command)).ShouldStartWith("https://proxy.example.com/s");
    }

    private static async Task<string> RunAsync(string folder, string command)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        (
            await new Commands(new(new() { Data = folder }, [], []), TextReader.Null, output, errors).RunAsync(
                [command],
                CancellationToken.None
            )
        ).ShouldBe(ExitCodes.Ok, errors.ToString());
        return output.ToString().Trim();
    }
}

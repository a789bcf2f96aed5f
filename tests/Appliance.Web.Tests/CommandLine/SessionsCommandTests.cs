using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;
using Appliance.Web.Tests.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.CommandLine;

public sealed class SessionsCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    private SessionStore Sessions => product.Console.Services.GetRequiredService<SessionStore>();

    [Fact]
    public async Task List_SaysWhoIsSignedInAndHowManyPagesAreOpen()
    {
        var (ann, bob) = (await SignInAsync(Role.Operator, "host:*.a.example.com"), await SignInAsync(Role.Viewer));
        await using var page = await RawPage.OpenAsync(product.Console.Port, ann.Cookie);
        var run = await product.RunAsync("sessions");
        run.ExitCode.ShouldBe(ExitCodes.Ok, run.Errors);
        var lines = run.Output.Split('\n');
        lines[0].ShouldStartWith("ID");
        var own = lines.Single(line => line.Contains(ann.Account.Name, StringComparison.Ordinal));
        own.ShouldStartWith(ann.SessionId[..8] + " ");
        own.ShouldContain("Operator of host:*.a.example.com");
        own.ShouldContain("127.0.0.1");
        own.ShouldEndWith(" 1");
        run.Output.ShouldContain(bob.Account.Name);
        run.Output.ShouldNotContain(ann.SessionId);
        var one = await product.RunAsync("sessions", "--user", bob.Account.Name.ToUpperInvariant());
        one.Output.ShouldContain(bob.Account.Name);
        one.Output.ShouldNotContain(ann.Account.Name);
        (await product.RunAsync("sessions", "--json", "--user", ann.Account.Name)).Output.ShouldContain("\"pages\": 1");
    }

    [Fact]
    public async Task End_ById_EndsThatOneAndClosesItsPages()
    {
        var ann = await SignInAsync(Role.Viewer);
        var other = await ann.OnceMoreAsync();
        await using var page = await RawPage.OpenAsync(product.Console.Port, ann.Cookie);
        var run = await product.RunAsync("sessions", "end", ann.SessionId[..8]);
        (run.ExitCode, run.Output.Trim()).ShouldBe((ExitCodes.Ok, "Ended 1 session."), run.Errors);
        await page.ClosedAsync();
        (await HoldsAsync(ann), await HoldsAsync(other)).ShouldBe((false, true));
        var line = await product.LastAuditAsync();
        (line.Action, line.Target, line.From).ShouldBe(("session.end", ann.Account.Name, "local"));
    }

    [Fact]
    public async Task End_OfAPersonAndOfAll_EndsThose()
    {
        var (ann, bob, carla) = (await SignInAsync(Role.Viewer), await SignInAsync(Role.Administrator), await SignInAsync(Role.Viewer));
        var other = await ann.OnceMoreAsync();
        (await product.RunAsync("sessions", "end", "--user", ann.Account.Name)).Output.Trim().ShouldBe("Ended 2 sessions.");
        (await HoldsAsync(ann), await HoldsAsync(other), await HoldsAsync(bob)).ShouldBe((false, false, true));
        (await product.RunAsync("sessions", "end", "--all")).ExitCode.ShouldBe(ExitCodes.Ok);
        (await HoldsAsync(bob), await HoldsAsync(carla)).ShouldBe((false, false));
    }

    [Theory]
    [InlineData("Say which sessions", ExitCodes.Usage)]
    [InlineData("Say which sessions", ExitCodes.Usage, "--all", "--user", "ann")]
    [InlineData("No session is called ffff-no", ExitCodes.Problems, "ffff-no")]
    [InlineData("a is too short", ExitCodes.Problems, "a")]
    [InlineData("There is nobody called nobody-at-all", ExitCodes.Problems, "--user", "nobody-at-all")]
    public async Task End_OfNothing_IsRefusedWithASentence(string sentence, int exitCode, params string[] arguments)
    {
        var run = await product.RunAsync(["sessions", "end", .. arguments]);
        run.ExitCode.ShouldBe(exitCode);
        run.Errors.ShouldContain(sentence);
    }

    [Fact]
    public async Task Commands_WithoutARunningProcess_UseTheDatabase()
    {
        var folder = Directory.CreateTempSubdirectory("appliance-sessions-").FullName;
        try
        {
            string id;
            using (var node = await Node.OpenAsync(new() { Data = folder }, CancellationToken.None))
            {
                await node.Accounts.AddFirstAsync("ann", "hash", CancellationToken.None);
                var account = (await node.Accounts.FindAsync(1, CancellationToken.None)).ShouldNotBeNull();
                id = (await node.Sessions.BeginAsync(account, new("192.0.2.7", "tests"), CancellationToken.None)).Id;
            }

            (await RunAsync(folder, "sessions")).ShouldContain($"{id[..8]}  ann");
            (await RunAsync(folder, "sessions", "end", "--all")).Trim().ShouldBe("Ended 1 session.");
            (await RunAsync(folder, "sessions")).Trim().ShouldBe("Nobody is signed in.");
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string folder, params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await new Web.CommandLine.Commands(new(new() { Data = folder }, [], []), TextReader.Null, output, errors).RunAsync(
            arguments,
            CancellationToken.None
        );
        exitCode.ShouldBe(ExitCodes.Ok, errors.ToString());
        return output.ToString();
    }

    private Task<Somebody> SignInAsync(Role role, string scope = "") => Somebody.SignInAsync(product.Console.Services, role, scope);

    private async Task<bool> HoldsAsync(Somebody who) => await Sessions.UseAsync(who.SessionId, CancellationToken.None) is not null;
}

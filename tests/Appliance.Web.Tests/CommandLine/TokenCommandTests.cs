using Appliance.Data.Accounts;
using Appliance.Web.Startup;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.CommandLine;

public sealed class TokenCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    private static readonly CancellationToken _none = CancellationToken.None;

    private ApiTokenStore Tokens => product.Console.Services.GetRequiredService<ApiTokenStore>();

    [Fact]
    public async Task Create_PrintsTheTokenAlone_ListSaysWhatItIs_RevokeEndsIt()
    {
        var made = await product.RunAsync("token", "create", "ci", "--scope", "write,connections", "--expires", "90d");
        made.ExitCode.ShouldBe(ExitCodes.Ok, made.Errors);
        made.Errors.Trim().ShouldBe("Made token ci (write connections). It is shown only now.");
        var text = made.Output.Trim();
        (await Tokens.UseAsync(text, "192.0.2.1", _none)).ShouldNotBeNull();
        var created = await product.LastAuditAsync();
        (created.Action, created.Target, created.From).ShouldBe(("token.create", "ci", "local"));
        var list = await product.RunAsync("token", "list");
        list.Output.ShouldContain("write connections");
        list.Output.ShouldContain("192.0.2.1");
        list.Output.ShouldNotContain(text[8..]);
        (await product.RunAsync("token", "list", "--json")).Output.ShouldContain("\"state\": \"valid\"");
        (await product.RunAsync("token", "revoke", "CI")).Output.Trim().ShouldBe("Revoked token ci.");
        (await Tokens.UseAsync(text, "192.0.2.1", _none)).ShouldBeNull();
        (await product.LastAuditAsync()).Action.ShouldBe("token.revoke");
    }

    [Theory]
    [InlineData(ExitCodes.Problems, "is not a scope", "create", "x", "--scope", "all")]
    [InlineData(ExitCodes.Problems, "is not a time", "create", "x", "--scope", "read", "--expires", "soon")]
    [InlineData(ExitCodes.Problems, "at most 3650 days", "create", "x", "--scope", "read", "--expires", "0s")]
    [InlineData(ExitCodes.Problems, "A token's name has", "create", "a b", "--scope", "read")]
    [InlineData(ExitCodes.Problems, "There is no token called nobody", "revoke", "nobody")]
    [InlineData(ExitCodes.Usage, "--scope", "create", "x")]
    public async Task Commands_ThatCannotBe_SayWhy(int exitCode, string sentence, params string[] arguments)
    {
        var run = await product.RunAsync(["token", .. arguments]);
        run.ExitCode.ShouldBe(exitCode);
        run.Errors.ShouldContain(sentence);
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Commands_WithoutARunningProcess_UseTheDatabase()
    {
        var folder = Directory.CreateTempSubdirectory("appliance-tokens-").FullName;
        try
        {
            (await RunAsync(folder, "list")).Trim().ShouldBe("There are no tokens.");
            (await RunAsync(folder, "create", "ci", "--scope", "read")).Trim().ShouldMatch("^apl_[A-Za-z0-9_-]{43}$");
            (await RunAsync(folder, "list")).ShouldContain("never");
            (await RunAsync(folder, "revoke", "ci")).Trim().ShouldBe("Revoked token ci.");
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
            ["token", .. arguments],
            CancellationToken.None
        );
        exitCode.ShouldBe(ExitCodes.Ok, errors.ToString());
        return output.ToString();
    }
}

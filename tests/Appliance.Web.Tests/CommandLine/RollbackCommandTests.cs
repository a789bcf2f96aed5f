using System.Text.Json;

namespace Appliance.Web.Tests.CommandLine;

/// <summary>Going back to an earlier revision, and looking at what that would change.</summary>
public sealed class RollbackCommandTests : IAsyncLifetime
{
    private readonly RunningProduct _product = new();

    public Task InitializeAsync() => _product.InitializeAsync();

    public Task DisposeAsync() => _product.DisposeAsync();

    [Fact]
    public async Task Rollback_ToAnEarlierRevision_IsANewOneAndLive()
    {
        var before = await ExportAsync();
        var head = await HeadAsync();
        await ChangeAsync("\"/chat\"", "\"/talk\"", "moved");

        // 1. What would change.
        var dry = await _product.RunAsync("rollback", head.ToString(), "--dry-run");
        dry.ExitCode.ShouldBe(0, dry.Errors);
        dry.Output.ShouldContain("changed route chat");
        dry.Output.ShouldContain($"Dry run: this would become revision {head + 2}.");
        (await HeadAsync()).ShouldBe(head + 1);
        var diff = await _product.RunAsync("diff", "live", head.ToString());
        diff.ExitCode.ShouldBe(0, diff.Errors);
        diff.Output.ShouldContain("changed route chat");
        diff.Output.ShouldContain("-  \"path\": \"/talk\"");
        diff.Output.ShouldContain("+  \"path\": \"/chat\"");
        diff.Output.ShouldContain($"From revision {head + 1} to revision {head}: changed route chat.");

        // 2. Back, with everything else as it was.
        var run = await _product.RunAsync("rollback", head.ToString());
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain($"Revision {head + 2} is live.");
        (await ExportAsync()).ShouldBe(before);
        var newest = JsonDocument.Parse((await _product.RunAsync("revisions", "--json")).Output).RootElement[0];
        newest.GetProperty("origin").GetString().ShouldBe("rollback");
        newest.GetProperty("comment").GetString().ShouldBe($"Back to revision {head}");
        (await _product.LastAuditAsync()).Action.ShouldBe("config.rollback");

        // 3. Once more: there is nothing to do.
        (await _product.RunAsync("rollback", head.ToString())).Output.ShouldContain("Nothing differs");
        (await _product.RunAsync("diff", head.ToString())).Output.ShouldContain(
            $"Nothing differs between revision {head} and revision {head + 2}."
        );
    }

    [Fact]
    public async Task Rollback_ThatTodaysRulesRefuse_StoresNothing()
    {
        // The empty config of before the first revision has no number; one that is not there is named.
        foreach (var number in new[] { "0", "999", "-1" })
        {
            var run = await _product.RunAsync("rollback", number);
            run.ExitCode.ShouldBeOneOf(1, 64);
        }

        (await _product.RunAsync("rollback", "999")).Errors.ShouldContain("There is no revision 999. The newest is ");
        var diff = await _product.RunAsync("diff", "999");
        (diff.ExitCode, diff.Output).ShouldBe((1, ""));
        diff.Errors.ShouldContain("There is no revision 999.");
        (await _product.RunAsync("diff", "soon")).ExitCode.ShouldBe(64);
    }

    [Fact]
    public async Task Diff_AsJson_HasEveryItemWithItsLines()
    {
        var head = await HeadAsync();
        await ChangeAsync("\"/chat\"", "\"/talk\"", "");
        var answer = JsonDocument.Parse((await _product.RunAsync("diff", head.ToString(), "--json")).Output).RootElement;
        answer.GetProperty("from").GetInt64().ShouldBe(head);
        answer.GetProperty("to").GetInt64().ShouldBe(head + 1);
        var change = answer.GetProperty("changes")[0];
        change.GetProperty("name").GetString().ShouldBe("chat");
        change.GetProperty("lines").EnumerateArray().Select(line => line.GetString()).ShouldContain("+  \"path\": \"/talk\",");
    }

    private async Task ChangeAsync(string from, string to, string comment)
    {
        var run = await _product.RunAsync(
            ["apply", "-", "-m", comment],
            (await _product.RunAsync("export")).Output.Replace(from, to, StringComparison.Ordinal)
        );
        run.ExitCode.ShouldBe(0, run.Errors);
    }

    private async Task<long> HeadAsync() =>
        JsonDocument.Parse((await _product.RunAsync("revisions", "--json")).Output).RootElement[0].GetProperty("revision").GetInt64();

    // Without the number.
    private async Task<string> ExportAsync() =>
        string.Join(
            '\n',
            (await _product.RunAsync("export")).Output.Split('\n').Where(line => !line.Contains("\"revision\"", StringComparison.Ordinal))
        );
}

using System.Text.Json;

namespace Appliance.Web.Tests.CommandLine;

public sealed class CloseCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Close_Filter_ThoseHearTheCodeAndTheOthersStay()
    {
        using var chat = await product.OpenAsync("/chat");
        using var feed = await product.OpenAsync("/feed");
        (await product.RunAsync("close", "--route", "chat", "--dry-run")).ShouldBe(
            (0, $"Dry run: this would close 1 WebSocket with code 1001.{Environment.NewLine}", "")
        );
        (await product.RunAsync("close", "--route", "chat", "--code", "1012", "--reason", "deploy")).ShouldBe(
            (0, $"Closed 1 WebSocket with code 1012.{Environment.NewLine}", "")
        );
        (await RunningProduct.HearCloseAsync(chat)).ShouldBe((1012, "deploy"));
        await RunningProduct.SayAsync(feed, "still here");
        var audit = await product.LastAuditAsync();
        (audit.Action, audit.Actor, audit.From, audit.Target, audit.After).ShouldBe(
            ("connection.close", $"{Environment.UserName} (command line)", "local", "connections: route chat", "code 1012, deploy")
        );
        (await product.RunAsync("close", "--all")).ExitCode.ShouldBe(0);
        (await RunningProduct.HearCloseAsync(feed)).ShouldBe((1001, null));
        await product.EmptyAsync();
    }

    [Fact]
    public async Task Close_Ids_ThoseThatAreNotOpenAreNamed()
    {
        using var chat = await product.OpenAsync("/chat");
        var id = JsonDocument.Parse((await product.RunAsync("connections", "--json")).Output).RootElement[0].GetProperty("id").GetInt64();
        var run = await product.RunAsync("close", $"{id}", "999999");
        (run.ExitCode, run.Output.Trim(), run.Errors.Trim()).ShouldBe((0, "Closed 1 WebSocket with code 1001.", "Not open: 999999"));
        (await RunningProduct.HearCloseAsync(chat)).Code.ShouldBe(1001);
        await product.EmptyAsync();
        var again = await product.RunAsync("close", $"{id}", "--json");
        var answer = JsonDocument.Parse(again.Output).RootElement;
        (again.ExitCode, answer.GetProperty("matched").GetInt32(), answer.GetProperty("notOpen")[0].GetInt64()).ShouldBe((1, 0, id));
    }

    [Fact]
    public async Task Close_NothingMatches_SaysSoAndExitsOne()
    {
        var run = await product.RunAsync("close", "--route", "nobody");
        (run.ExitCode, run.Output, run.Errors.Trim()).ShouldBe((1, "", "No open WebSocket matches; nothing was closed."));
    }

    [Theory]
    [InlineData("Say which WebSockets")]
    [InlineData("Say which WebSockets", "--code", "1001")]
    [InlineData("This filter is empty", "--search", "")]
    [InlineData("This filter is empty", "--search", " \t ")]
    [InlineData("This filter is empty", "--all", "--search", "")]
    [InlineData("exclude each other", "1", "--all")]
    [InlineData("exclude each other", "--all", "--route", "chat")]
    [InlineData("A close code is", "--all", "--code", "1006")]
    [InlineData("at most 123 bytes", "--all", "--reason", "ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää")]
    [InlineData("is not a deadline", "--all", "--deadline", "2h")]
    [InlineData("is not a time", "--older-than", "5 parsecs")]
    [InlineData("Unrecognized", "abc")]
    public async Task Usage_MeansNothing_Is64AndNothingIsClosed(string sentence, params string[] arguments)
    {
        using var chat = await product.OpenAsync("/chat");
        var run = await product.RunAsync(["close", .. arguments]);
        (run.ExitCode, run.Output).ShouldBe((64, ""));
        run.Errors.ShouldContain(sentence);
        await RunningProduct.SayAsync(chat, "still here");
        await product.RunAsync("close", "--all", "--deadline", "0s");
        await product.EmptyAsync();
    }
}

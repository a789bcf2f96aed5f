using System.Net.WebSockets;
using System.Text.Json;

namespace Appliance.Web.Tests.CommandLine;

public sealed class DrainCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Route_Drained_OpenOnesStayNewOnesAre503UntilCancel()
    {
        using var open = await product.OpenAsync("/chat");
        (await product.RunAsync("drain", "route", "Chat")).ShouldBe(
            (0, $"Draining route chat: 1 WebSocket open, which may stay.{Environment.NewLine}", "")
        );
        (await product.RunAsync("drain", "list")).Output.ShouldMatch(@"^WHAT .*\nroute chat  1     1         stay ");
        (await Should.ThrowAsync<WebSocketException>(() => product.OpenAsync("/chat"))).Message.ShouldContain("503");
        await RunningProduct.SayAsync(open, "still here");
        (await product.RunAsync("drain", "cancel", "route", "chat")).ShouldBe(
            (0, $"Route chat accepts new connections again.{Environment.NewLine}", "")
        );
        using var again = await product.OpenAsync("/chat");
        (await product.RunAsync("drain", "list")).Output.Trim().ShouldBe("Nothing is being drained.");
        var audit = await product.LastAuditAsync();
        (audit.Action, audit.From, audit.Target).ShouldBe(("drain.end", "local", "route chat"));
        await CloseAllAsync();
    }

    [Fact]
    public async Task Pool_LeaveAndWait_AllHearTheCodeAndItEndsWhenEmpty()
    {
        var sockets = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => product.OpenAsync("/feed")));
        var waiting = product.RunAsync(
            "drain",
            "pool",
            "two",
            "--leave",
            "--code",
            "1012",
            "--reason",
            "new version",
            "--window",
            "1s",
            "--wait"
        );
        foreach (var socket in sockets)
            (await RunningProduct.HearCloseAsync(socket)).ShouldBe((1012, "new version"));
        var run = await waiting;
        (run.ExitCode, run.Errors).ShouldBe((0, ""));
        run.Output.ShouldContain("5 WebSockets asked to leave with code 1012 within 1s");
        run.Output.ShouldContain("Empty: no WebSocket of pool two is open.");
        await product.RunAsync("drain", "cancel", "pool", "two");
    }

    [Fact]
    public async Task Server_InSeveralPools_NeedsThePoolAndWarnsWhenItIsTheOnlyOne()
    {
        var unclear = await product.RunAsync("drain", "server", product.Servers[0]);
        (unclear.ExitCode, unclear.Errors.Trim()).ShouldBe(
            (1, $"Server {product.Servers[0]} is in pools one, both; say which with --pool, or drain it in all of them with --all-pools.")
        );
        var alone = await product.RunAsync("drain", "server", product.Servers[0]["http://".Length..], "--pool", "one");
        (alone.ExitCode, alone.Output.Trim()).ShouldBe(
            (0, $"Draining server {product.Servers[0]} of pool one: 0 WebSockets open, which may stay.")
        );
        alone.Errors.ShouldContain(
            "warning: No other server of pool one takes anything: while it is drained, requests and new WebSockets are answered 503."
        );
        (await product.RunAsync("drain", "server", product.Servers[0], "--pool", "both", "--json")).Errors.ShouldBeEmpty();
        JsonDocument
            .Parse((await product.RunAsync("drain", "list", "--json")).Output)
            .RootElement.EnumerateArray()
            .Select(one => one.GetProperty("name").GetString())
            .ShouldBe([$"server {product.Servers[0]} of pool one", $"server {product.Servers[0]} of pool both"]);

        // An edit of the config that has nothing to do with it does not end it.
        var document = (await product.RunAsync("export")).Output;
        (await product.RunAsync(["apply", "-"], document.Replace("/chat", "/chat2", StringComparison.Ordinal))).ExitCode.ShouldBe(0);
        (await product.RunAsync("drain", "list")).Output.ShouldContain("of pool one");
        var which = await product.RunAsync("drain", "cancel", "server", product.Servers[0]);
        (which.ExitCode, which.Output).ShouldBe((1, ""));
        which
            .Errors.Trim()
            .ShouldBe(
                $"Server {product.Servers[0]} of pool one and server {product.Servers[0]} of pool both are being drained; say which "
                    + "with --pool, or all with --all-pools."
            );
        foreach (var pool in new[] { "one", "both" })
            (await product.RunAsync("drain", "cancel", "server", product.Servers[0], "--pool", pool)).ExitCode.ShouldBe(0);
        (await product.RunAsync(["apply", "-"], document.Replace("\"revision\": 1,", "", StringComparison.Ordinal))).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Server_InAllPools_IsDrainedAndTakenBackInEach()
    {
        var run = await product.RunAsync("drain", "server", product.Servers[0], "--all-pools", "--leave", "--wait");
        (run.ExitCode, run.Output.Split(Environment.NewLine)[0]).ShouldBe(
            (0, $"Draining server {product.Servers[0]} of pools one, both: 0 WebSockets asked to leave with code 1001 within 1m.")
        );
        run.Output.ShouldContain(
            $"Empty: no WebSocket of server {product.Servers[0]} of pool one, server {product.Servers[0]} of pool both is open."
        );
        run.Errors.ShouldContain("warning: No other server of pool one takes anything");
        product.Console.Proxy.Drains.List().Select(one => one.Order.Target.Id).Distinct().Count().ShouldBe(2);

        (await product.RunAsync("drain", "cancel", "server", product.Servers[0], "--all-pools")).ShouldBe(
            (0, $"Server {product.Servers[0]} accepts new connections again in 2 pools.{Environment.NewLine}", "")
        );
        product.Console.Proxy.Drains.List().ShouldBeEmpty();
        (await product.RunAsync("drain", "cancel", "server", product.Servers[0], "--all-pools"))
            .Errors.Trim()
            .ShouldBe($"Server {product.Servers[0]} is not being drained.");

        // One pool has it: all of them is that one.
        var one = JsonDocument
            .Parse((await product.RunAsync("drain", "server", product.Servers[1], "--pool", "both", "--json")).Output)
            .RootElement;
        one.GetProperty("drain").GetProperty("name").GetString().ShouldBe(one.GetProperty("drains")[0].GetProperty("name").GetString());
        (await product.RunAsync("drain", "cancel", "server", product.Servers[1])).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("There is no route caht. Did you mean chat?", "route", "caht")]
    [InlineData("There is no pool tow. Did you mean two?", "pool", "tow")]
    [InlineData("There is no server http://10.0.0.1:80.", "server", "10.0.0.1:80")]
    [InlineData("There is no pool chats.", "server", "10.0.0.1:80", "--pool", "chats")]
    [InlineData("There is no route caht. Did you mean chat?", "cancel", "route", "caht")]
    [InlineData("Route feed is not being drained.", "cancel", "route", "feed")]
    public async Task Names_Unknown_AreNamedWithTheNearestAndExitOne(string sentence, params string[] arguments)
    {
        var run = await product.RunAsync(["drain", .. arguments]);
        (run.ExitCode, run.Output, run.Errors.Trim()).ShouldBe((1, "", sentence));
    }

    [Theory]
    [InlineData("add --leave", "route", "chat", "--code", "1012")]
    [InlineData("add --leave", "route", "chat", "--window", "5s")]
    [InlineData("A close code is", "route", "chat", "--leave", "--code", "1005")]
    [InlineData("is not a window", "pool", "one", "--leave", "--window", "2d")]
    [InlineData("give one of them", "server", "10.0.0.1:80", "--pool", "one", "--all-pools")]
    [InlineData("give one of them", "cancel", "server", "10.0.0.1:80", "--pool", "one", "--all-pools")]
    [InlineData("Unrecognized", "pool", "one", "--all-pools")]
    [InlineData("Required", "server")]
    public async Task Usage_MeansNothing_Is64AndNothingIsDrained(string sentence, params string[] arguments)
    {
        var run = await product.RunAsync(["drain", .. arguments]);
        (run.ExitCode, run.Output).ShouldBe((64, ""));
        run.Errors.ShouldContain(sentence);
        product.Console.Proxy.Drains.List().ShouldBeEmpty();
    }

    private async Task CloseAllAsync()
    {
        await product.RunAsync("close", "--all", "--deadline", "0s");
        await product.EmptyAsync();
    }
}

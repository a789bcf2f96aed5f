using System.Text.Json;
using Appliance.Testing;

namespace Appliance.Web.Tests.CommandLine;

public sealed class ConnectionsCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Filters_OpenWebSockets_AreJudgedByTheRunningProcess()
    {
        using var chat = await product.OpenAsync("/chat/a");
        using var feed = await product.OpenAsync("/feed/b");
        string[][] chatOnly =
        [
            ["--route", "CHAT"],
            ["--pool", "one"],
            ["--server", product.Servers[0]],
            ["--search", "chat /a"],
            ["--client", "127.0.0.0/8", "--route", "chat"],
        ];
        foreach (var filter in chatOnly)
            (await PathsAsync(filter)).ShouldBe(["/chat/a"], string.Join(' ', filter));
        (await PathsAsync("--before-revision", "2")).ShouldBe(["/chat/a", "/feed/b"]);
        string[][] nobody =
        [
            ["--before-revision", "1"],
            ["--client", "10.0.0.0/8"],
            ["--older-than", "1h"],
            ["--idle", "1h"],
            ["--search", "nowhere"],
        ];
        foreach (var filter in nobody)
            (await PathsAsync(filter)).ShouldBeEmpty(string.Join(' ', filter));
        (await product.RunAsync("connections", "--route", "none")).Output.Trim().ShouldBe("No open WebSocket matches these filters.");
        await CloseAllAsync();
    }

    [Fact]
    public async Task Sort_ColumnAndLimit_LeaveOutTheRestAndSaySo()
    {
        using var quiet = await product.OpenAsync("/chat/quiet");
        using var busy = await product.OpenAsync("/chat/busy");
        await RunningProduct.SayAsync(busy, "hello");
        await Eventually.TrueAsync(
            async () => (await PathsAsync("--sort", "messages", "--descending")).SequenceEqual(["/chat/busy", "/chat/quiet"]),
            "the busy one stands first"
        );
        (await PathsAsync("--sort", "messages")).ShouldBe(["/chat/quiet", "/chat/busy"]);
        var run = await product.RunAsync("connections", "--sort", "messages", "--descending", "--limit", "1");
        run.Output.ShouldContain("and 1 more");
        run.Output.Trim().Split('\n').Length.ShouldBe(3); // the head, one row, what is left out
        await CloseAllAsync();
    }

    [Fact]
    public async Task Json_OpenWebSocket_HasEveryField()
    {
        using var chat = await product.OpenAsync("/chat");
        var line = JsonDocument.Parse((await product.RunAsync("connections", "--json")).Output).RootElement[0];
        line.GetProperty("protocol").GetString().ShouldBe("HTTP/1.1");
        line.GetProperty("tls").GetBoolean().ShouldBeFalse();
        line.GetProperty("closing").GetBoolean().ShouldBeFalse();
        foreach (
            var name in new[]
            {
                "id",
                "route",
                "pool",
                "server",
                "client",
                "host",
                "path",
                "subprotocol",
                "ageSeconds",
                "idleSeconds",
                "messagesFromClient",
                "messagesFromServer",
                "bytesFromClient",
                "bytesFromServer",
                "revision",
                "relay",
                "startedUtc",
                "origin",
                "userAgent",
                "extensions",
                "compressed",
                "messagesPerSecondFromClient",
                "bytesPerSecondFromServer",
                "pingsFromClient",
                "pingsToServer",
            }
        )
            line.TryGetProperty(name, out _).ShouldBeTrue(name);
        await CloseAllAsync();
    }

    [Fact]
    public async Task Ended_ClosedWebSocket_SaysWhoWhyAndCode()
    {
        using var chat = await product.OpenAsync("/chat/over");
        await product.RunAsync("close", "--all", "--code", "4000", "--reason", "enough");
        (await RunningProduct.HearCloseAsync(chat)).ShouldBe((4000, "enough"));
        await product.EmptyAsync();
        var ended = JsonDocument
            .Parse((await product.RunAsync("connections", "--ended", "--search", "/chat/over", "--json")).Output)
            .RootElement[0];
        (
            ended.GetProperty("by").GetString(),
            ended.GetProperty("cause").GetString(),
            ended.GetProperty("code").GetInt32(),
            ended.GetProperty("reason").GetString()
        ).ShouldBe(("operator", "operator", 4000, "enough"));
        ended.GetProperty("person").GetString().ShouldBe($"{Environment.UserName} (command line)");
        (await product.RunAsync("connections", "--ended", "--limit", "1")).Output.ShouldMatch(@"^ID .*CAUSE +CODE +REASON");
    }

    [Fact]
    public async Task Refused_Handshake_SaysWhoWhyAndStatus()
    {
        using (var http = new HttpClient())
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                $"http://127.0.0.1:{product.Console.Proxy.HttpEndPoint.Port}/chat/refused?token=secret"
            );
            foreach (
                var (name, value) in new[]
                {
                    ("Connection", "Upgrade"),
                    ("Upgrade", "websocket"),
                    ("Sec-WebSocket-Version", "13"),
                    ("Sec-WebSocket-Key", "short"),
                }
            )
                request.Headers.TryAddWithoutValidation(name, value);
            ((int)(await http.SendAsync(request)).StatusCode).ShouldBe(400);
        }

        var run = await product.RunAsync(
            "connections",
            "--refused",
            "--route",
            "CHAT",
            "--client",
            "127.0.0.0/8",
            "--search",
            "400 key",
            "--json"
        );
        var refused = JsonDocument.Parse(run.Output).RootElement[0];
        (
            refused.GetProperty("route").GetString(),
            refused.GetProperty("path").GetString(),
            refused.GetProperty("by").GetString(),
            refused.GetProperty("status").GetInt32()
        ).ShouldBe(("chat", "/chat/refused", "proxy", 400));
        refused.GetProperty("server").ValueKind.ShouldBe(JsonValueKind.Null);
        run.Output.ShouldNotContain("secret");
        (await product.RunAsync("connections", "--refused")).Output.ShouldMatch(@"^WHEN \(UTC\) .*STATUS +BY +SERVER +REASON");
        (await product.RunAsync("connections", "--refused", "--server", product.Servers[0]))
            .Output.Trim()
            .ShouldBe("No remembered handshake matches these filters.");
    }

    [Fact]
    public async Task Watch_NotATerminal_IsADocumentALineUntilItIsStopped()
    {
        using var chat = await product.OpenAsync("/chat");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2.5));
        var run = await product.RunAsync(["connections", "--watch"], stop: stop.Token);
        (run.ExitCode, run.Errors).ShouldBe((0, ""));
        var lines = run.Output.Trim().Split('\n');
        lines.Length.ShouldBeGreaterThanOrEqualTo(2);
        foreach (var line in lines)
            JsonDocument.Parse(line).RootElement.GetArrayLength().ShouldBe(1);
        await CloseAllAsync();
    }

    [Theory]
    [InlineData("is not a time", "--older-than", "soon")]
    [InlineData("it goes with", "--refused", "--idle", "5m")]
    [InlineData("it goes with", "--refused", "--watch")]
    [InlineData("Choose", "--refused", "--ended")]
    [InlineData("is not a time", "--idle", "")]
    [InlineData("neither an address nor a network", "--client", "10.0.0.0/99")]
    [InlineData("Did you mean bytes?", "--sort", "byte")]
    [InlineData("--limit takes", "--limit", "-1")]
    [InlineData("--ended shows", "--ended", "--watch")]
    public async Task Usage_MeansNothing_Is64WithASentence(string sentence, params string[] arguments)
    {
        var run = await product.RunAsync(["connections", .. arguments]);
        (run.ExitCode, run.Output).ShouldBe((64, ""));
        run.Errors.ShouldContain(sentence);
    }

    private async Task<string?[]> PathsAsync(params string[] options) =>
        [
            .. JsonDocument
                .Parse((await product.RunAsync(["connections", "--json", .. options])).Output)
                .RootElement.EnumerateArray()
                .Select(line => line.GetProperty("path").GetString()),
        ];

    private async Task CloseAllAsync()
    {
        await product.RunAsync("close", "--all", "--deadline", "0s");
        await product.EmptyAsync();
    }
}

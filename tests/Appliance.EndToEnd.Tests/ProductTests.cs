using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

public sealed class ProductTests
{
    [Fact]
    public async Task Demo_EmptyFolder_EchoesWithinAMinute()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync("--demo");
        using var http = new HttpClient();
        (await http.GetStringAsync($"http://127.0.0.1:{product.HttpPort}/echo/x?y=1")).ShouldContain("/echo/x?y=1");
        (await http.GetStringAsync($"http://127.0.0.1:{product.HttpPort}/chat/")).ShouldContain("Demo chat");

        using var one = await OpenAsync(product.HttpPort, "/chat/");
        using var two = await OpenAsync(product.HttpPort, "/chat/");
        await Eventually.TrueAsync(
            async () => JsonDocument.Parse((await product.RunAsync("connections", "--json")).Output).RootElement.GetArrayLength() == 2,
            "both are listed"
        );
        await one.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, CancellationToken.None);
        (await ReceiveAsync(two)).ShouldBe("hello");

        (await product.TerminateAsync()).ShouldBe(0);
        var end = await two.ReceiveAsync(new byte[100], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        end.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable); // 1001
    }

    [Fact]
    public async Task Demo_FiveMinutesOfTheReadme_WorkAsPrinted()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync("--demo");
        var file = Path.Combine(product.Folder, "config.json");
        (await product.RunAsync("connections")).ExitCode.ShouldBe(0);
        (await product.RunAsync("export", "-o", file)).ExitCode.ShouldBe(0);
        await EditAsync("\"/chat\"", "\"/talk\"");
        (await product.RunAsync("apply", file, "--dry-run")).ExitCode.ShouldBe(0);
        (await product.RunAsync("apply", file)).ExitCode.ShouldBe(0);
        (await product.RunAsync("export", "-o", file)).ExitCode.ShouldBe(0);
        await EditAsync(":9081", ":99999");
        var broken = await product.RunAsync("apply", file);
        (broken.ExitCode, broken.Errors).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(1),
            run => run.Errors.ShouldContain("[bad_port]"),
            run => run.Errors.ShouldNotContain("stale")
        );
        (await product.RunAsync("revisions")).Output.ShouldContain("The routes of --demo");

        async Task EditAsync(string what, string into)
        {
            var text = await File.ReadAllTextAsync(file);
            text.ShouldContain(what);
            await File.WriteAllTextAsync(file, text.Replace(what, into, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Demo_UsedFolder_PrintsLinksThatWork()
    {
        await using var product = new ApplianceProcess();
        const string Own =
            "{ \"routes\": [ { \"name\": \"chat\", \"path\": \"/\", \"action\": { \"kind\": \"respond\", \"status\": 200, \"body\": \"own\" } } ] }";
        (await product.ApplyAsync(Own)).ExitCode.ShouldBe(2);
        for (var start = 0; start < 2; start++)
        {
            await product.StartAsync("--demo");
            (await RawHttp.GetAsync(product.HttpPort, "/chat/", "localhost")).Body.ShouldBe("own");
            await Eventually.TrueAsync(
                () => Task.FromResult(product.Output.Contains("Demo:", StringComparison.Ordinal)),
                "the demo is told"
            );
            var link = new Uri(product.Output.Split(' ', '\n').First(word => word.EndsWith("/chat/", StringComparison.Ordinal)));
            link.Host.ShouldBe("demo.localhost");
            (await RawHttp.GetAsync(link.Port, link.AbsolutePath, link.Host)).Body.ShouldContain("Demo chat");
            (await RawHttp.GetAsync(link.Port, "/echo", link.Host)).Status.ShouldBe(200);
            (await product.TerminateAsync()).ShouldBe(0);
        }

        // The second start added nothing.
        (await product.RunAsync("revisions"))
            .Output.Split('\n')
            .Count(line => line.Contains("demo", StringComparison.Ordinal))
            .ShouldBe(1);
    }

    [Fact]
    public async Task Apply_Documents_ExitCodesSayWhatHappened()
    {
        await using var product = new ApplianceProcess();
        var good = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "examples", "websocket-one-backend.json"));

        (await product.ApplyAsync(good)).ExitCode.ShouldBe(2); // nothing runs: stored
        (await product.RunAsync("connections")).ExitCode.ShouldBe(3);
        await product.StartAsync();
        (await product.ApplyAsync(good)).ShouldSatisfyAllConditions(
            answer => answer.ExitCode.ShouldBe(0),
            answer => answer.Output.ShouldContain("Nothing differs")
        );
        var changed = good.Replace("/websocket", "/ws", StringComparison.Ordinal);
        (await product.ApplyAsync(changed, "--dry-run")).Output.ShouldContain("changed route websocket");
        (await product.ApplyAsync(changed)).Output.ShouldContain("Revision 2 is live.");
        var refused = await product.ApplyAsync(good.Replace("9000", "99999", StringComparison.Ordinal));
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain("upstreamPools/backend/servers/0/address [bad_port]");
        (await product.ApplyAsync("{ \"revision\": 1 }")).Errors.ShouldContain("stale_revision");
        (await product.RunAsync("export")).Output.ShouldContain("\"revision\": 2");
        (await product.RunAsync("revisions")).Output.ShouldContain("apply");
    }

    [Fact]
    public async Task Start_WhatStandsInTheWay_OneSentenceAnd78()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();

        var second = await product.RunAsync();
        second.ExitCode.ShouldBe(78);
        second.Errors.ShouldContain($"in use by process {product.Process.Id}");
        second.Errors.ShouldNotContain("   at ");

        await using var other = new ApplianceProcess();
        Environment.SetEnvironmentVariable("APPLIANCE_TEST_NOTHING", null);
        File.WriteAllText(other.Data, "a file where the folder should be");
        var blocked = await other.RunAsync();
        blocked.ExitCode.ShouldBe(78);
        blocked.Errors.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Ports_ConsoleAndProxy_DoNotServeEachOther()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        (await RawHttp.GetAsync(product.HttpPort, "/healthz")).Status.ShouldBe(404);
        (await RawHttp.GetAsync(product.ConsolePort, "/healthz")).Status.ShouldBe(200);
        (await RawHttp.GetAsync(product.ConsolePort, "/control/config")).Status.ShouldBe(404);
        (await RawHttp.GetAsync(product.ConsolePort, "/healthz", "evil.example")).Status.ShouldBe(421);
        File.GetUnixFileMode(Path.Combine(product.Data, "control"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.GetUnixFileMode(Path.Combine(product.Data, "master.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task WebSockets_RealBackends_CompressionAndCloseCodesPass()
    {
        await using var node = await BackendProcess.NodeAsync();
        await using var python = await BackendProcess.PythonAsync();
        await using var proxy = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes = [Configs.Proxy("node", "/node", "node"), Configs.Proxy("python", "/python", "python")],
                UpstreamPools = [Configs.Pool("node", node.Address), Configs.Pool("python", python.Address)],
            }
        );
        foreach (var path in new[] { "/node", "/python" })
        {
            using var socket = await OpenAsync(proxy.Port, path, options => options.DangerousDeflateOptions = new());
            var text = string.Concat(Enumerable.Range(0, 20_000).Select(index => index.ToString()));
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
            (await ReceiveAsync(socket)).ShouldBe(text);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
            socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        }

        using var chat = await OpenAsync(proxy.Port, "/node", options => options.AddSubProtocol("chat.v2"));
        chat.SubProtocol.ShouldBe("chat.v2");
        await chat.SendAsync("close me"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var end = await chat.ReceiveAsync(new byte[100], CancellationToken.None);
        ((int?)end.CloseStatus, end.CloseStatusDescription).ShouldBe((4001, "as asked"));
    }

    [Fact]
    public async Task HotReload_ThousandSocketsHundredEdits_NothingIsLost()
    {
        const int sockets = 1000;
        await using var node = await BackendProcess.NodeAsync();
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        using var control = product.Control();
        await EditAsync(control, node.Address, 0);
        var open = new List<ClientWebSocket>(sockets);
        for (var index = 0; index < sockets; index++)
            open.Add(await OpenAsync(product.HttpPort, "/ws"));

        using var stop = new CancellationTokenSource();
        var traffic = open.Select((socket, index) => EchoUntilAsync(socket, index, stop.Token)).ToList();
        for (var edit = 1; edit <= 100; edit++)
            await EditAsync(control, node.Address, edit);
        await stop.CancelAsync();

        var rounds = await Task.WhenAll(traffic).WaitAsync(TimeSpan.FromSeconds(60));
        rounds.ShouldAllBe(count => count > 0);
        open.ShouldAllBe(socket => socket.State == WebSocketState.Open);
        open.ForEach(socket => socket.Dispose());
    }

    // Every kind of edit: the route's rules, the pool's weights and servers, then the route's name; the last one deletes the route.
    private static async Task EditAsync(HttpClient control, string address, int number)
    {
        var extra = number % 3 == 1 ? ", { \"address\": \"http://127.0.0.1:9\", \"down\": true }" : "";
        var routes =
            number == 100
                ? ""
                : $$"""{ "name": "ws{{(number % 10 == 9 ? "-renamed" : "")}}", "path": "/ws", "action": { "kind": "proxy", "pool": "p" }, "requestHeaders": [ { "name": "X-Edit", "value": "{{number}}" } ] }""";
        var document = $$"""
            { "routes": [ {{routes}} ],
              "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{address}}", "weight": {{1 + (number % 7)}} } {{extra}} ] } ] }
            """;
        using var answer = await control.PostAsync("control/config", new StringContent(document));
        var result = await answer.Content.ReadFromJsonAsync<JsonElement>();
        result.GetProperty("exitCode").GetInt32().ShouldBe(0, result.ToString());
    }

    private static async Task<int> EchoUntilAsync(ClientWebSocket socket, int number, CancellationToken stop)
    {
        var rounds = 0;
        do
        {
            var message = $"{number}:{rounds}:{new string('x', number % 50)}";
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, CancellationToken.None);
            (await ReceiveAsync(socket)).ShouldBe(message);
            rounds++;
        } while (!stop.IsCancellationRequested);
        return rounds;
    }

    [Fact]
    public Task Kill_TenTimesDuringSaves_HeadIsWholeAndRuns() => KillDuringSavesAsync(10);

    // The same over many more moments: each round is a start of the product.
    [Fact]
    [Trait("Kind", "Long")]
    public Task Kill_HundredTimesDuringSaves_HeadIsWholeAndRuns() => KillDuringSavesAsync(100);

    private static async Task KillDuringSavesAsync(int rounds)
    {
        var random = new Random(42);
        await using var product = new ApplianceProcess();
        var acknowledged = 0L;
        for (var round = 0; round < rounds; round++)
        {
            await product.StartAsync();
            using var control = product.Control();
            var now = await ReadyAsync(product);
            now.ShouldBeGreaterThanOrEqualTo(acknowledged);
            acknowledged = now;
            var saving = Task.Run(async () =>
            {
                try
                {
                    for (var edit = 0; ; edit++)
                    {
                        using var answer = await control.PostAsync(
                            "control/config",
                            new StringContent(
                                $$"""{ "routes": [ { "name": "r", "path": "/{{round}}-{{edit}}", "action": { "kind": "respond" } }, { "name": "n{{edit % 5}}", "path": "/n", "action": { "kind": "respond" } } ] }"""
                            )
                        );
                        acknowledged = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("revision").GetInt64();
                    }
                }
                catch (HttpRequestException)
                {
                    // Killed in the middle of a save.
                }
                catch (IOException)
                {
                    // Killed in the middle of an answer.
                }
            });
            var target = acknowledged + random.Next(1, 4);
            await Eventually.TrueAsync(
                () => Task.FromResult(Volatile.Read(ref acknowledged) >= target || saving.IsCompleted),
                "some saves went through"
            );
            await product.KillAsync();
            await saving;
        }

        await product.StartAsync();
        (await ReadyAsync(product)).ShouldBeGreaterThanOrEqualTo(acknowledged);
        (await product.RunAsync("export")).Output.ShouldContain("\"path\": \"/n\"");
    }

    private static async Task<long> ReadyAsync(ApplianceProcess product)
    {
        using var client = new HttpClient();
        return (await client.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{product.ConsolePort}/readyz"))
            .GetProperty("runningRevision")
            .GetInt64();
    }

    private static async Task<ClientWebSocket> OpenAsync(int port, string path, Action<ClientWebSocketOptions>? options = null)
    {
        var socket = new ClientWebSocket();
        options?.Invoke(socket.Options);
        await socket.ConnectAsync(new($"ws://127.0.0.1:{port}{path}"), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        return socket;
    }

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var text = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            text.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
                return Encoding.UTF8.GetString(text.ToArray());
        }
    }
}

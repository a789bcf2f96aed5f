using System.Net.WebSockets;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Tests.Epoll;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>What fails again and again has a line in the log, and not a thousand.</summary>
[Collection(Alone.Name)]
public sealed class FaultLinesTests
{
    [Fact]
    public async Task Request_ServerRefusesAgainAndAgain_OneLineSaysWhichServerAndWhy()
    {
        using var log = new LinesLog();
        var port = FreePorts.Next();
        await using var proxy = await ProxyUnderTest.StartAsync(
            new() { Routes = [Configs.Proxy("shop", pool: "p")], UpstreamPools = [Configs.Pool("p", $"http://127.0.0.1:{port}")] },
            logs: log
        );
        for (var request = 0; request < 5; request++)
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(502);
        log.Lines.Count(line =>
                line.Contains(
                    $"Route shop: server http://127.0.0.1:{port} of pool p failed: The server refused the connection. (said once a minute)",
                    StringComparison.Ordinal
                )
            )
            .ShouldBe(1);
        log.Lines.ShouldAllBe(line => !line.Contains(" at Appliance.", StringComparison.Ordinal), "no stack traces");
    }

    [Fact]
    public async Task WebSocket_RouteIsFull_OneLineSaysSo()
    {
        using var log = new LinesLog();
        await using var backend = await BackendProcess.NodeAsync();
        var route = Configs.Proxy("chat", pool: "p") with { WebSocket = new() { MaxSockets = 1 } };
        await using var proxy = await ProxyUnderTest.StartAsync(
            new() { Routes = [route], UpstreamPools = [Configs.Pool("p", backend.Address)] },
            logs: log
        );
        using var first = new ClientWebSocket();
        await first.ConnectAsync(new($"ws://127.0.0.1:{proxy.Port}/"), CancellationToken.None);
        for (var more = 0; more < 3; more++)
        {
            using var second = new ClientWebSocket();
            (
                await Should.ThrowAsync<WebSocketException>(() =>
                    second.ConnectAsync(new($"ws://127.0.0.1:{proxy.Port}/"), CancellationToken.None)
                )
            ).Message.ShouldContain("503");
        }

        log.Lines.Count(line =>
                line.Contains(
                    "Route chat refuses WebSockets with 503: the route has as many WebSockets open as its limit allows (1)",
                    StringComparison.Ordinal
                )
            )
            .ShouldBe(1);
    }

    [Theory]
    [InlineData(24, "(ulimit -n)")]
    [InlineData(23, "this machine has no open file left for any process (fs.file-max)")]
    public void Accept_NoFilesLeft_SaysWhoseLimitIsReached(int error, string words)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var log = new LinesLog();
        var memory = new MemoryRoom(TimeProvider.System);
        var said = new ScarcityLog(new OpenFiles(), memory, TimeProvider.System, log);
        using (new FaultAtCall(point => point == FaultPoint.EventCreate, from: 1, times: int.MaxValue, error: error))
            said.Paused();
        log.Lines.ShouldHaveSingleItem().ShouldContain(words);
    }
}

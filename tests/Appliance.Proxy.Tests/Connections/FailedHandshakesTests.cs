using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Connections;

/// <summary>The reason of every handshake that became no connection, as the console shows it.</summary>
public sealed class FailedHandshakesTests
{
    private const string Handshake =
        "GET /chat?token=secret HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: close, "
        + "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: session=secret\r\nUser-Agent: test\r\n";

    [Fact]
    public void Add_ManyOfOneRoute_LeaveTheOthersTheirs()
    {
        var failed = new FailedHandshakes();
        var (quiet, noisy) = (Guid.NewGuid(), Guid.NewGuid());
        failed.Add(Of(quiet, "first"));
        for (var number = 0; number < 5000; number++)
            failed.Add(Of(noisy, $"{number}"));

        failed.Count.ShouldBe(5001);
        failed.Of(quiet).Single().Reason.ShouldBe("first");
        failed.Of(noisy).Select(one => one.Reason).ShouldBe(Enumerable.Range(4900, 100).Reverse().Select(number => $"{number}"));
        failed.List().Count.ShouldBe(101);
        failed.List()[^1].Reason.ShouldBe("first");
        failed.Of(Guid.NewGuid()).ShouldBeEmpty();
    }

    [Fact]
    public void Add_ManyRoutes_HaveATotal()
    {
        var failed = new FailedHandshakes();
        var routes = Enumerable.Range(0, 5000).Select(_ => Guid.NewGuid()).ToList();
        foreach (var route in routes)
            failed.Add(Of(route, "one"));

        failed.List().Select(one => one.RouteId).ShouldBe(routes[^FailedHandshakes.Kept..].AsEnumerable().Reverse());
        failed.Of(routes[0]).ShouldBeEmpty();
        failed.Of(routes[^FailedHandshakes.Kept]).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("Origin: https://evil.example\r\n", "", 403, HandshakeSide.Proxy, "Pages of this origin may not connect here.")]
    [InlineData(
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        "",
        400,
        HandshakeSide.Proxy,
        "A WebSocket handshake needs exactly one Sec-WebSocket-Key of 16 bytes in base64."
    )]
    [InlineData(
        "",
        "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
        401,
        HandshakeSide.Server,
        "the server answered 401 and did not switch protocols"
    )]
    [InlineData(
        "",
        "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        502,
        HandshakeSide.Server,
        "the server's Sec-WebSocket-Accept is wrong"
    )]
    [InlineData("", "garbage", 502, HandshakeSide.Server, "the answer to the handshake is not HTTP/1.1")]
    public async Task Run_NoConnection_ReasonIsKeptWithoutSecrets(
        string lines,
        string answer,
        int status,
        HandshakeSide side,
        string reason
    )
    {
        await using var server = RawBackEnd.Says(answer);
        var config = Config(server.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        (await RawHttp.SendAsync(proxy.Port, Handshake + lines + "\r\n")).Status.ShouldBe(status);

        var failed = proxy.Host.Connections.Failed.List().ShouldHaveSingleItem();
        (failed.Status, failed.Side, failed.Reason, failed.Path, failed.Client).ShouldBe((status, side, reason, "/chat", "127.0.0.1"));
        failed.Server.ShouldBe(side == HandshakeSide.Server ? server.Address : null);
        failed.ToString().ShouldNotContain("secret");
        proxy.Host.Connections.Failed.Of(config.Routes[0].Id).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Run_ClientGoesAway_IsKeptAsTheClients()
    {
        var asked = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.ReadHeadAsync();
            asked.SetResult();
            await peer.DrainAsync();
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address));
        await using (var client = await RawHttp.ConnectAsync(proxy.Port))
        {
            await client.WriteAsync(Handshake + "\r\n");
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }

        await Until.TrueAsync(() => proxy.Host.Connections.Failed.Count == 1);
        var failed = proxy.Host.Connections.Failed.List().Single();
        (failed.Status, failed.Side, failed.Reason).ShouldBe((0, HandshakeSide.Client, "the client went away during the handshake"));
    }

    [Fact]
    public async Task Run_Opened_IsNotKept()
    {
        await using var server = RawBackEnd.Echo();
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(Handshake + "\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");

        proxy.Host.Connections.Failed.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Run_AnotherProtocol_GoesThroughTheWholeProxy()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            (await peer.ReadHeadAsync()).ShouldContain("\r\nUpgrade: tcp\r\n");
            await peer.SendAsync("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
        });
        var config = Config(server.Address);
        config = config with { Routes = [config.Routes[0] with { Upgrades = ["tcp"] }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync("POST /attach HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c, tcp\r\n\r\n");

        (await client.ReadHeadAsync()).ShouldContain("\r\nUpgrade: tcp\r\n");
        (await client.ReadBytesAsync(5)).ShouldBe("hello"u8.ToArray());
        proxy.Host.Connections.List().ShouldHaveSingleItem().UpgradedTo.ShouldBe("tcp");
    }

    private static ProxyConfig Config(string server)
    {
        var route = Configs.Proxy("chat", "/", "chat") with { WebSocket = new() { AllowedOrigins = ["https://app.example.com"] } };
        return new() { Routes = [route], UpstreamPools = [Configs.Pool("chat", server)] };
    }

    private static FailedHandshake Of(Guid route, string reason) =>
        new()
        {
            At = DateTimeOffset.UnixEpoch,
            RouteId = route,
            RouteName = "route",
            PoolName = "pool",
            Host = "a.example",
            Path = "/",
            Protocol = "websocket",
            Side = HandshakeSide.Proxy,
            Status = 403,
            Reason = reason,
        };
}

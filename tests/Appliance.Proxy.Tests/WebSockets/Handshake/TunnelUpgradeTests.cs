using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

/// <summary>Connections that switch to another protocol than WebSocket: bytes are bytes, and the end is the end of TCP.</summary>
public abstract class TunnelUpgradeTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private const string Attach =
        "POST /attach?token=secret HTTP/1.1\r\nHost: docker\r\nUpgrade: tcp\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData("tcp", "tcp", "tcp", "tcp")]
    [InlineData("tailscale-control-protocol", "tailscale-control-protocol", "tailscale-control-protocol", "tailscale-control-protocol")]
    [InlineData("SPDY/3.1", "spdy/3.1", "SPDY/3.1", "SPDY/3.1")]
    [InlineData("h2c, other, tcp, SPDY/3.1", "tcp SPDY/3.1", "tcp, SPDY/3.1", "SPDY/3.1")]
    public async Task Run_OfferThatTheRouteAllows_RelaysBytesAndCountsThem(string offered, string allowed, string sent, string chosen)
    {
        var seen = "";
        await using var server = Switching(chosen, head => seen = head);
        await using var host = await HostAsync(Plan(server, allowed.Split(' ')));
        await using var client = await host.ConnectAsync();

        await client.SendAsync(Attach.Replace("Upgrade: tcp", $"Upgrade: {offered}", StringComparison.Ordinal));
        var answer = await client.ReadHeadAsync();
        var live = await host.LiveAsync();
        // As frames these would be a close frame and half a frame of gigabytes.
        await client.SendAsync(0x88, 0x80, 1, 2, 3, 4, 0x82, 0xFF, 0, 0, 0, 1);
        (await client.ReadAsync(12)).ShouldBe([0x88, 0x80, 1, 2, 3, 4, 0x82, 0xFF, 0, 0, 0, 1]);

        answer.ShouldStartWith("HTTP/1.1 101 ");
        answer.ShouldContain($"\r\nUpgrade: {chosen}\r\n");
        answer.ShouldContain("\r\nConnection: Upgrade\r\n");
        answer.ShouldContain("\r\nX-Stream: raw\r\n");
        seen.ShouldBe(
            $"POST /attach?token=secret HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\nConnection: Upgrade\r\nUpgrade: {sent}\r\n\r\n"
        );
        (live.UpgradedTo, live.IsWebSocket, live.Path).ShouldBe((chosen, false, "/attach"));
        await Until.TrueAsync(() => live.FromServer.Counts.WireBytes == 12);
        (live.FromClient.Counts.WireBytes, live.FromClient.Counts.Messages, live.FromClient.CloseCode).ShouldBe((12, 0, 0));
        host.Traffic.Read().SocketsOpen.ShouldBe(1);

        await client.DisposeAsync();
        await host.GoneAsync();
        live.CloseCode.ShouldBe(0);
        (await host.OutcomeAsync()).Reason.ShouldBeNull();
    }

    [Theory]
    [InlineData("not allowed", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("no connection option", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: tcp\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("body", "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: tcp\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData(
        "chunked body",
        "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: tcp\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )]
    [InlineData(
        "websocket by another method",
        "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"
    )]
    [InlineData(
        "h2c",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: "
            + "AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    )]
    public async Task Run_OtherRequest_IsAnOrdinaryOne(string name, string request)
    {
        await using var server = Switching("tcp");
        // The validator refuses two of these; what comes past it is still not let through.
        await using var host = await HostAsync(Plan(server, "tcp", "websocket", "h2c"));

        (await host.AskAsync(request)).ShouldStartWith("HTTP/1.1 418 ", Case.Sensitive, name);
        server.Accepted.ShouldBe(0);
    }

    [Theory]
    [InlineData("another protocol", "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n", "the server's 101 is not for tcp")]
    [InlineData("h2c", "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "the server's 101 is not for tcp")]
    [InlineData(
        "two",
        "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nUpgrade: tcp\r\n\r\n",
        "the server's 101 is not for tcp"
    )]
    [InlineData("none", "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\n\r\n", "the server's 101 is not for tcp")]
    [InlineData("no connection", "HTTP/1.1 101 Yes\r\nUpgrade: tcp\r\n\r\n", "the server's 101 has no Connection: Upgrade")]
    [InlineData("HTTP/1.0", "HTTP/1.0 101 Yes\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", "the server switches protocols in HTTP/1.0")]
    public async Task Run_Wrong101_Is502(string name, string answer, string reason)
    {
        await using var server = RawBackEnd.Says(answer);
        await using var host = await HostAsync(Plan(server, "tcp"));

        (await host.AskAsync(Attach)).ShouldStartWith("HTTP/1.1 502 ", Case.Sensitive, name);
        (await host.OutcomeAsync()).Reason.ShouldBe(reason);
        host.Connections.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Run_ServerDoesNotSwitch_ItsAnswerIsTheClients()
    {
        await using var server = RawBackEnd.Says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        await using var host = await HostAsync(Plan(server, "tcp"));

        var answer = await host.AskAsync(Attach);
        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldEndWith("\r\n\r\nhello");
    }

    [Fact]
    public async Task Run_PostThatAServerHasRead_IsNotSentToAnother()
    {
        await using var bad = RawBackEnd.Says("");
        await using var good = Switching("tcp");
        await using var host = await HostAsync(Plan(bad, "tcp") with { Servers = [bad.Address, good.Address] });

        (await host.AskAsync(Attach)).ShouldStartWith("HTTP/1.1 502 ");
        (bad.Accepted, good.Accepted).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData(TunnelEnd.Idle)]
    [InlineData(TunnelEnd.Lifetime)]
    [InlineData(TunnelEnd.Operator)]
    public async Task End_ByUs_IsTheEndOfTcpWithoutABye(TunnelEnd end)
    {
        var heard = new TaskCompletionSource<string>();
        await using var server = new RawBackEnd(async peer =>
        {
            await SwitchAsync(peer, "tcp");
            heard.SetResult(await peer.ReadToEndAsync());
        });
        var policy =
            end == TunnelEnd.Lifetime
                ? new WebSocketPolicy
                {
                    MaxLifetime = TimeSpan.FromMilliseconds(100),
                    LifetimeJitter = 0,
                    PingInterval = TimeSpan.FromSeconds(1),
                }
                : new();
        await using var host = await HostAsync(
            Plan(server, "tcp") with
            {
                Policy = policy,
                IdleTimeout = end == TunnelEnd.Idle ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromMinutes(5),
            }
        );
        await using var client = await OpenRawAsync(host);
        var live = await host.LiveAsync();

        if (end == TunnelEnd.Operator)
            host.Connections.Close(live.Id, new(end, 4000, "moved") { By = "ann" }).ShouldBeTrue();
        else
            await Until.TrueAsync(() =>
            {
                host.Connections.Sweep();
                return live.End == end;
            });

        (await client.ReadToEndAsync()).ShouldBe("", "no frame of ours");
        await client.DisposeAsync();
        (await heard.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe("");
        await host.GoneAsync();
        (live.End, live.CloseCode).ShouldBe((end, 0));
        if (end == TunnelEnd.Operator)
            (live.CloseReason, live.Order!.By).ShouldBe(("moved", "ann"));
    }

    [Fact]
    public async Task Stop_WithOneOpen_EndsInOrder()
    {
        await using var server = Switching("tcp");
        await using var host = await HostAsync(Plan(server, "tcp"));
        await using var client = await OpenRawAsync(host);
        var live = await host.LiveAsync();

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var stopping = host.StopAsync(deadline.Token);
        (await client.ReadToEndAsync()).ShouldBe("");
        await client.DisposeAsync();
        await stopping;

        live.End.ShouldBe(TunnelEnd.Shutdown);
    }

    [Fact]
    public async Task Admit_LimitsHoldAndWhatIsAboutWebSocketsDoesNot()
    {
        await using var server = Switching("tcp");
        await using var host = await HostAsync(
            Plan(server, "tcp") with
            {
                Policy = new()
                {
                    Allow = false,
                    AllowedOrigins = ["https://app.example.com"],
                    AllowedSubprotocols = ["a"],
                    MaxPerClient = 1,
                    MaxMessageBytes = 2,
                },
            }
        );
        await using var client = await OpenRawAsync(host, "Origin: https://evil.example\r\n");
        await client.SendAsync("longer than two bytes");
        (await client.ReadAsync(21)).ShouldBe("longer than two bytes"u8.ToArray());

        (await host.AskAsync(Attach)).ShouldStartWith("HTTP/1.1 429 ");
        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 403 ", customMessage: "WebSockets are off");
        lock (host.Outcomes)
            host.Outcomes.ShouldContain(outcome => outcome.Refusal == HandshakeRefusal.ClientLimit);
    }

    [Fact]
    public async Task Inspect_OneOfAnotherProtocol_IsRefused()
    {
        await using var server = Switching("tcp");
        await using var host = await HostAsync(Plan(server, "tcp"));
        host.Inspections.Enabled = true;
        host.Inspections.Start(
                new()
                {
                    RouteId = host.Route.Id,
                    About = "next",
                    By = "ann",
                }
            )
            .Fault.ShouldBeNull();
        await using var client = await OpenRawAsync(host);
        var live = await host.LiveAsync();

        host.Inspections.List().Single().State.ShouldBe(InspectionState.Armed, "the next WebSocket is waited for");
        host.Inspections.Start(
                new()
                {
                    ConnectionId = live.Id,
                    About = "it",
                    By = "ann",
                }
            )
            .Fault.ShouldNotBeNull()
            .ShouldContain("carries tcp");
    }

    [Fact]
    public async Task Run_HalfClosed_TheOtherHalfStays()
    {
        // Kestrel's own transport gives up a client that has finished.
        if (!OnEpoll)
            return;
        await using var tunnel = await BeginRawAsync();
        tunnel.Client.ShutSend();
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("");
        await tunnel.Server.SendAsync("output that comes later");
        (await tunnel.Client.ReadAsync(23)).ShouldBe("output that comes later"u8.ToArray());

        tunnel.Server.ShutSend();
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.Host.GoneAsync();
        tunnel.Host.Connections.Closed.List().Single().End.ShouldBe(TunnelEnd.ClientClosed);
    }

    [Fact]
    public async Task Run_HttpsServer_RelaysBytesAndItsEnd()
    {
        await using var server = new SecureBackEnd(async peer =>
        {
            await SwitchAsync(peer, "tcp");
            await peer.SendAsync(await peer.ReadAsync(4));
        });
        await using var host = await HostAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Upgrades = ["tcp"],
                Tls = new() { Verify = false },
            }
        );
        await using var client = await OpenRawAsync(host);
        await client.SendAsync("ping");
        (await client.ReadToEndAsync()).ShouldBe("ping");
        await host.GoneAsync(keptSockets: 1);
        host.Connections.Closed.List().Single().End.ShouldBe(TunnelEnd.ServerClosed);
    }

    [Fact]
    public async Task Run_H2cServer_CannotAndIsNotToBlame()
    {
        await using var host = await HostAsync(new TunnelPlan { Servers = ["h2c://127.0.0.1:1"], Upgrades = ["tcp"] });

        (await host.AskAsync(Attach)).ShouldStartWith("HTTP/1.1 502 ");
        (await host.OutcomeAsync()).Reason.ShouldBe("an h2c server cannot switch protocols");
        host.Pool.Servers[0].LastError.ShouldBeNull();
    }

    private async Task<RawTunnel> BeginRawAsync()
    {
        var arrived = new TaskCompletionSource<RawPeer>();
        var server = new RawBackEnd(async peer =>
        {
            await SwitchAsync(peer, "tcp");
            arrived.SetResult(peer);
        });
        var host = await HostAsync(Plan(server, "tcp"));
        var client = await OpenRawAsync(host);
        return new RawTunnel(host, client, await arrived.Task, server);
    }

    private static TunnelPlan Plan(RawBackEnd server, params string[] upgrades) =>
        new() { Servers = [server.Address], Upgrades = [.. upgrades] };

    private static async Task<RawPeer> OpenRawAsync(TunnelHost host, string lines = "")
    {
        var client = await host.ConnectAsync();
        await client.SendAsync(Attach[..^2] + lines + "\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        return client;
    }

    private static RawBackEnd Switching(string protocol, Action<string>? head = null) =>
        new(async peer =>
        {
            await SwitchAsync(peer, protocol, head);
            var room = new byte[100];
            while (await peer.ReadSomeAsync(room) is > 0 and var read)
                await peer.SendAsync(room[..read]);
            await peer.DisposeAsync();
        });

    private static async Task SwitchAsync(RawPeer peer, string protocol, Action<string>? head = null)
    {
        var request = await peer.ReadHeadAsync();
        head?.Invoke(request);
        await peer.SendAsync($"HTTP/1.1 101 UPGRADED\r\nX-Stream: raw\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n");
    }

    private sealed record RawTunnel(TunnelHost Host, RawPeer Client, RawPeer Server, IAsyncDisposable BackEnd) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await BackEnd.DisposeAsync();
            await Host.DisposeAsync();
        }
    }
}

public sealed class TunnelUpgradeOnStreamsTests() : TunnelUpgradeTests(RelayChoice.Stream);

public sealed class TunnelUpgradeOnEpollTests() : TunnelUpgradeTests(RelayChoice.Epoll);

public sealed class TunnelUpgradeUnderTlsTests() : TunnelUpgradeTests(RelayChoice.Epoll, overTls: true);

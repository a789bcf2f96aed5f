using System.Text;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

/// <summary>
/// From the first byte of the handshake to the first byte of the relay: slow ends, hasty ends, and ends that leave in between.
/// </summary>
public abstract class TunnelOpeningTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private const int Early = 200_000;

    [Fact]
    public async Task Open_ClientSendsItsHandshakeByteByByte_Opens()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        foreach (var value in Encoding.Latin1.GetBytes(TunnelHost.Handshake))
            await client.SendAsync(value);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        await client.SendAsync("hello");

        (await client.ReadAsync(5)).ShouldBe("hello"u8.ToArray());
        await host.LiveAsync();
    }

    [Fact]
    public async Task Open_ServerSendsItsAnswerByteByByte_Opens()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            var head = await peer.ReadHeadAsync();
            var answer =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + $"Sec-WebSocket-Accept: {RawPeer.AcceptOf(head)}\r\n\r\n";
            foreach (var value in Encoding.Latin1.GetBytes(answer + "hello"))
                await peer.SendAsync(value);
        });
        await using var host = await HostAsync(server.Address);

        await using var client = await host.OpenAsync();

        (await client.ReadAsync(5)).ShouldBe("hello"u8.ToArray());
    }

    [Fact]
    public async Task Open_MuchBehindTheServers101_ArrivesFirstAndWhole()
    {
        var run = new ByteRun(3);
        await using var tunnel = await BeginAsync();

        await tunnel.AcceptAsync(behind: run.At(0, Early).ToArray());
        await run.SendAsync(tunnel.Server, 1000, from: Early);

        await run.ReceiveAsync(tunnel.Client, Early + 1000);
        tunnel.Live.FromServer.Counts.WireBytes.ShouldBe(Early + 1000);
    }

    [Fact]
    public async Task Open_MuchBehindTheClientsHandshake_ArrivesFirstAndWhole()
    {
        var run = new ByteRun(4);
        await using var tunnel = await BeginAsync();

        var sending = run.SendAsync(tunnel.Client, Early);
        await tunnel.AcceptAsync();
        await run.ReceiveAsync(tunnel.Server, Early);
        await sending;

        tunnel.Live.FromClient.Counts.WireBytes.ShouldBe(Early);
    }

    [Fact]
    public async Task Open_HandshakeAndMuchMoreInOneWrite_ArrivesFirstAndWhole()
    {
        var run = new ByteRun(5);
        var arrived = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            var head = await peer.ReadHeadAsync();
            await peer.AcceptAsync(head, behind: run.At(0, Early).ToArray());
            await run.ReceiveAsync(peer, Early);
            arrived.SetResult();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        var sending = client.SendAsync([.. Encoding.Latin1.GetBytes(TunnelHost.Handshake), .. run.At(0, Early).Span]);
        await client.ReadHeadAsync();
        await run.ReceiveAsync(client, Early);

        await sending;
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Open_ClientEndsBetweenHandshakeAnd101_NothingStaysBehind()
    {
        await using var tunnel = await BeginAsync();

        tunnel.Client.ShutSend();
        await tunnel.Server.DrainAsync();

        await tunnel.GoneAsync();
        (await tunnel.Host.OutcomeAsync()).FailureStatus.ShouldBe(0);
    }

    [Fact]
    public async Task Open_ClientResetsBetweenHandshakeAnd101_NothingStaysBehind()
    {
        await using var tunnel = await BeginAsync();

        tunnel.Client.Reset();
        await tunnel.Server.DrainAsync();

        await tunnel.GoneAsync();
    }

    [Fact]
    public async Task Open_ClientResetsWhileThe101IsOnItsWay_NothingStaysBehind()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await HostAsync(server.Address);

        // Whatever the moment: before the dial, during it, before the 101, behind it.
        for (var one = 0; one < 40; one++)
        {
            var client = await host.ConnectAsync();
            await client.SendAsync(TunnelHost.Handshake);
            await Until.TrueAsync(() => server.Accepted >= one - 5);
            client.Reset();
        }

        await host.GoneAsync();
    }

    [Fact]
    public async Task Open_ServerEndsRightBehindIts101_ClientGetsTheRestThenTheEnd()
    {
        await using var tunnel = await BeginAsync();

        await tunnel.Server.AcceptAsync(tunnel.Head, behind: "last words"u8.ToArray());
        tunnel.Server.ShutSend();

        (await tunnel.Client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("last words");
        await tunnel.Client.DisposeAsync();
        await tunnel.GoneAsync();
    }

    [Fact]
    public async Task Open_ServerResetsRightBehindIts101_BothAreLetGo()
    {
        await using var tunnel = await BeginAsync();

        await tunnel.Server.AcceptAsync(tunnel.Head);
        tunnel.Server.Reset();

        await tunnel.Client.DrainAsync();
        await tunnel.GoneAsync();
    }

    [Fact]
    public async Task Open_EndAskedForBeforeTheAnswer_BothEndsHearItFirst()
    {
        await using var tunnel = await BeginAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        var ending = tunnel.Host.Connections.EndAllAsync(Ends.Of(TunnelEnd.Shutdown, 1012), TimeSpan.Zero, deadline.Token);
        await tunnel.Server.AcceptAsync(tunnel.Head);

        (await tunnel.Client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        (await tunnel.Client.ReadAsync(4)).ShouldBe(Frames.Close(1012));
        (await tunnel.Server.ReadAsync(8))[..2].ShouldBe([0x88, 0x82]);
        await tunnel.Client.SendAsync(Frames.Close(1012, [1, 2, 3, 4]));
        await tunnel.Server.SendAsync(Frames.Close(1012));
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        await ending;
    }
}

public sealed class TunnelOpeningOnStreamsTests() : TunnelOpeningTests(RelayChoice.Stream);

public sealed class TunnelOpeningOnEpollTests() : TunnelOpeningTests(RelayChoice.Epoll);

public sealed class TunnelOpeningUnderTlsTests() : TunnelOpeningTests(RelayChoice.Epoll, overTls: true);

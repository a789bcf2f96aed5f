using System.Net.Sockets;
using System.Security.Cryptography;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>What happens between the two heads' ends and the connections' ends.</summary>
public abstract class TunnelRelayTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    [Fact]
    public async Task Run_BytesBehindBothHeads_AreCarriedOver()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            var head = await peer.ReadHeadAsync();
            await peer.AcceptAsync(head, behind: "early from server"u8.ToArray());
            await peer.SendAsync(await peer.ReadAsync(17));
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();

        await client.SendAsync(TunnelHost.Handshake + "early from client");

        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        (await client.ReadAsync(34)).ShouldBe("early from serverearly from client"u8.ToArray());
    }

    [Fact]
    public async Task Run_MuchDataBothWays_PassesUnaltered()
    {
        // In a frame each: what happens to be two close frames would end the connection.
        var sent = Frames.Write(0x82, RandomNumberGenerator.GetBytes(3_000_000), [1, 2, 3, 4]);
        var back = Frames.Write(0x82, RandomNumberGenerator.GetBytes(3_000_000), null);
        var arrived = new TaskCompletionSource<byte[]>();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            var sending = peer.SendAsync(back);
            arrived.SetResult(await peer.ReadAsync(sent.Length));
            await sending;
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();

        var send = client.SendAsync(sent);
        var got = await client.ReadAsync(back.Length);
        await send;

        got.AsSpan().SequenceEqual(back).ShouldBeTrue();
        (await arrived.Task).AsSpan().SequenceEqual(sent).ShouldBeTrue();
        var live = await host.LiveAsync();
        live.FromClient.Counts.WireBytes.ShouldBe(sent.Length);
        live.FromServer.Counts.WireBytes.ShouldBe(back.Length);
    }

    [Fact]
    public async Task Run_OpenTunnel_IsListedWithItsCounts()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();
        await client.SendAsync(
            TunnelHost
                .Handshake.Replace("/chat", "/chat?token=secret", StringComparison.Ordinal)
                .Replace("\r\n\r\n", "\r\nUser-Agent: tester\r\n\r\n", StringComparison.Ordinal)
        );
        await client.ReadHeadAsync();
        var frame = Frames.MaskedText("hello");

        await client.SendAsync([.. frame, .. frame]);
        (await client.ReadAsync(frame.Length * 2)).ShouldBe([.. frame, .. frame]);

        var live = await host.LiveAsync();
        live.RouteName.ShouldBe("route");
        live.PoolName.ShouldBe("pool");
        live.ServerAddress.ShouldBe(server.Address);
        live.ClientPort.ShouldBe(((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port);
        live.UserAgent.ShouldBe("tester");
        live.Host.ShouldBe("example.com");
        live.Path.ShouldBe("/chat");
        live.Revision.ShouldBe(7);
        live.End.ShouldBe(TunnelEnd.None);
        live.CloseCode.ShouldBe(0);
        live.FromClient.Counts.ShouldBe(
            new FrameCounts
            {
                WireBytes = frame.Length * 2,
                PayloadBytes = 10,
                Messages = 2,
                Text = 2,
            }
        );
        await Until.TrueAsync(() => live.FromServer.Counts.Messages == 2);
        host.Pool.Servers[0].Active.ShouldBe(1);
    }

    [Fact]
    public async Task Run_ClientCloses_ServerSeesEndAndItsRestIsRead()
    {
        var ended = new TaskCompletionSource<string>();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            ended.SetResult(await peer.ReadToEndAsync());
            await peer.DisposeAsync();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        await client.SendAsync("last words");
        client.Socket.Shutdown(SocketShutdown.Send);

        (await ended.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe("last words");
        await host.GoneAsync();
        live.End.ShouldBe(TunnelEnd.ClientClosed);
        live.CloseCode.ShouldBe(1006);
    }

    [Fact]
    public async Task Run_ServerCloses_ClientGetsTheRestThenEnd()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync(), behind: "last"u8.ToArray());
            await peer.SendAsync(" words");
            peer.Socket.Shutdown(SocketShutdown.Send);
            await peer.DrainAsync();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();

        (await client.ReadToEndAsync()).ShouldBe("last words");
        await client.DisposeAsync();
        await host.GoneAsync();
    }

    [Fact]
    public async Task Run_CloseHandshake_IsRecordedWithItsStarter()
    {
        byte[] close = Frames.Write(0x88, [0x03, 0xE8, (byte)'b', (byte)'y', (byte)'e'], [1, 2, 3, 4]);
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            await peer.ReadAsync(close.Length);
            // Servers close the connection first, whoever began (RFC 6455, 7.1.1).
            await peer.SendAsync(Frames.Write(0x88, [0x03, 0xE8], null));
            await peer.DisposeAsync();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        await client.SendAsync(close);
        await client.ReadToEndAsync();

        await host.GoneAsync();
        live.End.ShouldBe(TunnelEnd.ClientClosed);
        live.CloseCode.ShouldBe(1000);
        live.FromClient.CloseReason.ShouldBe("bye");
    }

    [Fact]
    public async Task Run_ServerClosesRightBehindItsCloseFrame_ClientsAnswerIsAwaited()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync(), behind: Frames.Write(0x88, [0x03, 0xF4], null));
            peer.Socket.Shutdown(SocketShutdown.Send);
            await peer.ReadToEndAsync();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        (await client.ReadAsync(4)).ShouldBe([0x88, 0x02, 0x03, 0xF4]);
        await client.SendAsync(Frames.Write(0x88, [0x03, 0xF4], [1, 2, 3, 4]));
        (await client.ReadToEndAsync()).ShouldBe("");

        await host.GoneAsync();
        live.FromClient.CloseCode.ShouldBe(1012);
        live.End.ShouldBe(TunnelEnd.ServerClosed);
    }

    [Fact]
    public async Task Run_ClientResets_ServerIsCutAndErrorIsRecorded()
    {
        var ended = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            await peer.DrainAsync();
            ended.SetResult();
        });
        await using var host = await HostAsync(server.Address);
        var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        client.Reset();

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await host.GoneAsync();
        live.End.ShouldBe(TunnelEnd.ClientError);
    }

    [Fact]
    public async Task Run_ServerResets_ClientIsCutAndErrorIsRecorded()
    {
        var reset = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            await reset.Task;
            peer.Reset();
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        reset.SetResult();

        await host.GoneAsync();
        live.End.ShouldBe(TunnelEnd.ServerError);
        await client.DrainAsync();
    }

    [Fact]
    public async Task Run_ReaderStops_BackPressureReachesTheSender()
    {
        var sent = 0L;
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            var piece = new byte[64 * 1024];
            while (true)
            {
                await peer.SendSomeAsync(piece);
                Interlocked.Add(ref sent, piece.Length);
            }
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        // Nothing moves any more: what was sent stands still over many looks.
        var last = -1L;
        var still = 0;
        await Until.TrueAsync(() =>
        {
            var now = Interlocked.Read(ref sent);
            still = now == last && now > 0 ? still + 1 : 0;
            last = now;
            return still > 60;
        });

        // Only what sockets' buffers hold (a few MB each), never all of it.
        live.FromServer.Counts.WireBytes.ShouldBeLessThan(30_000_000);
        host.Connections.Close(live.Id, Ends.Of(TunnelEnd.Operator)).ShouldBeTrue();
        await host.GoneAsync();
        live.End.ShouldBe(TunnelEnd.Operator);
    }
}

public sealed class TunnelRelayOnStreamsTests() : TunnelRelayTests(RelayChoice.Stream);

public sealed class TunnelRelayOnEpollTests() : TunnelRelayTests(RelayChoice.Epoll);

public sealed class TunnelRelayUnderTlsTests() : TunnelRelayTests(RelayChoice.Epoll, overTls: true);

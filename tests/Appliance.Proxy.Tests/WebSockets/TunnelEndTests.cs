using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Tunnels that we end: idle, operator, shutdown.</summary>
public abstract class TunnelEndTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private static readonly byte[] _closeToClient = [0x88, 0x02, 0x03, 0xE9];

    [Fact]
    public async Task Sweep_IdleForTooLong_BothEndsGetCloseFrame()
    {
        var atServer = new TaskCompletionSource<string>();
        await using var server = Recording(atServer);
        await using var host = await HostAsync(new TunnelPlan { Servers = [server.Address], IdleTimeout = TimeSpan.FromMilliseconds(150) });
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        await Until.TrueAsync(() =>
        {
            host.Connections.Sweep();
            return live.End == TunnelEnd.Idle;
        });
        (await client.ReadAsync(16)).ShouldBe(Frames.Close(1001, reason: "idle timeout"));
        await client.SendAsync(Frames.Write(0x88, [0x03, 0xE9], [1, 2, 3, 4]));
        (await client.ReadToEndAsync()).ShouldBe("");

        Unmask(await atServer.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe([0x03, 0xE9, .. "idle timeout"u8]);
        await Until.TrueAsync(() => host.Connections.Count == 0);
        live.CloseCode.ShouldBe(1001);
    }

    [Fact]
    public async Task Close_FramesNeverEndWithAPiece_CloseFrameStandsBetweenTwo()
    {
        var frame = Frames.Text("whole message");
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync(), behind: frame[..6]);
            var goodbye = peer.ReadAsync(8);
            while (!goodbye.IsCompleted)
                await peer.SendAsync([.. frame[6..], .. frame[..6]]);
            await peer.SendAsync([.. frame[6..], .. Frames.Write(0x88, [0x03, 0xE9], null)]);
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        await client.ReadAsync(100);
        var live = await host.LiveAsync();

        host.Connections.Close(live.Id, Ends.Of(TunnelEnd.Operator)).ShouldBeTrue();
        var meter = default(FrameMeter);
        var got = new List<byte>();
        while (got.Count < 4 || !got[^4..].SequenceEqual(_closeToClient))
            got.AddRange(await client.ReadAsync(1));
        meter.Add([.. frame, .. got[(frame.Length - (100 % frame.Length))..]]);
        await client.SendAsync(Frames.Write(0x88, [0x03, 0xE9], [1, 2, 3, 4]));

        meter.AtBoundary.ShouldBeTrue();
        meter.Counts.Close.ShouldBe(1);
        (await client.ReadToEndAsync()).ShouldBe("");
        live.End.ShouldBe(TunnelEnd.Operator);
    }

    [Fact]
    public async Task Close_EndsThatDoNotAnswer_AreCutInTime()
    {
        await using var server = new RawBackEnd(async peer => await peer.AcceptAsync(await peer.ReadHeadAsync()));
        await using var host = await HostAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        host.Connections.Close(live.Id, Ends.Of(TunnelEnd.Operator)).ShouldBeTrue();

        await Until.TrueAsync(() => host.Connections.Count == 0);
        live.Age.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        host.Connections.Close(live.Id, Ends.Of(TunnelEnd.Operator)).ShouldBeFalse();
    }

    [Fact]
    public async Task EndAll_ManyTunnels_AllGetTheCodeAndNewOnesAreRefused()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            await peer.ReadAsync(8);
        });
        await using var host = await HostAsync(server.Address);
        var clients = new List<RawPeer>();
        for (var one = 0; one < 20; one++)
            clients.Add(await host.OpenAsync());
        await Until.TrueAsync(() => host.Connections.Count == 20);
        var before = host.Connections.List();
        before.Select(one => one.Id).ShouldBeInOrder();

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var ending = host.Connections.EndAllAsync(Ends.Of(TunnelEnd.Shutdown, 1012), TimeSpan.Zero, deadline.Token);
        foreach (var client in clients)
        {
            (await client.ReadAsync(4)).ShouldBe([0x88, 0x02, 0x03, 0xF4]);
            await client.DisposeAsync();
        }

        await ending;
        host.Connections.Count.ShouldBe(0);
        before.ShouldAllBe(one => one.End == TunnelEnd.Shutdown);
        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 503 ");
        await host.RefusedAsync(HandshakeRefusal.Stopping);
    }

    [Fact]
    public async Task Stop_HandshakeInFlight_HearsTheCodeBehindItsAnswer()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            var head = await peer.ReadHeadAsync();
            asked.SetResult();
            await answer.Task;
            await peer.AcceptAsync(head);
            await peer.ReadAsync(8);
        });
        await using var host = await HostAsync(server.Address);
        await using var client = await host.ConnectAsync();
        await client.SendAsync(TunnelHost.Handshake);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var stopping = host.StopAsync(deadline.Token);
        await Until.TrueAsync(() => Refuses(host.Port));
        answer.SetResult();

        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        (await client.ReadAsync(4)).ShouldBe(_closeToClient);
        await client.DisposeAsync();
        await stopping;
        deadline.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Sweeper_Runs_EndsWhatIsIdle()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await HostAsync(new TunnelPlan { Servers = [server.Address], IdleTimeout = TimeSpan.FromMilliseconds(1) });
        using var sweeper = new TunnelSweeper(host.Connections, host.Drains, TimeProvider.System);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        await sweeper.StartAsync(CancellationToken.None);

        // A close frame: ours, or the one we sent to the server, which the echo returned first.
        (await client.ReadAsync(1)).ShouldBe([_closeToClient[0]]);
        live.End.ShouldBe(TunnelEnd.Idle);
        await sweeper.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Run_ClientLeavesDuringHandshake_ServerIsReleased()
    {
        var asked = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.ReadHeadAsync();
            asked.SetResult();
            await peer.DrainAsync();
            left.SetResult();
        });
        await using var host = await HostAsync(server.Address);
        var client = await host.ConnectAsync();
        await client.SendAsync(TunnelHost.Handshake);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await client.DisposeAsync();

        await left.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (await host.OutcomeAsync()).FailureStatus.ShouldBe(0);
        await Until.TrueAsync(() => host.Pool.Servers[0].Active == 0);
    }

    private static bool Refuses(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static RawBackEnd Recording(TaskCompletionSource<string> all) =>
        new(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            var header = await peer.ReadAsync(6);
            var close = System.Text.Encoding.Latin1.GetString([.. header, .. await peer.ReadAsync(header[1] & 0x7F)]);
            await peer.SendAsync(Frames.Write(0x88, [0x03, 0xE9], null));
            all.SetResult(close);
            await peer.DisposeAsync();
        });

    private static byte[] Unmask(string frame)
    {
        var bytes = System.Text.Encoding.Latin1.GetBytes(frame);
        bytes[0].ShouldBe((byte)0x88);
        bytes[1].ShouldBe((byte)(0x80 | (bytes.Length - 6)));
        return [.. bytes[6..].Select((value, at) => (byte)(value ^ bytes[2 + (at % 4)]))];
    }
}

public sealed class TunnelEndOnStreamsTests() : TunnelEndTests(RelayChoice.Stream);

public sealed class TunnelEndOnEpollTests() : TunnelEndTests(RelayChoice.Epoll);

public sealed class TunnelEndUnderTlsTests() : TunnelEndTests(RelayChoice.Epoll, overTls: true);

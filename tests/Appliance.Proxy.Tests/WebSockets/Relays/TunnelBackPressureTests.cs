using System.Globalization;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>An end that stops reading: what waits here is bounded, nothing is lost, and the tunnel can still be ended.</summary>
public abstract class TunnelBackPressureTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private const int ReceiveBytes = 128 * 1024;

    // Messages of a size that ends nowhere together with a buffer.
    private static readonly byte[] _message = Frames.Write(0x82, new byte[50_001], null);

    [Fact]
    public async Task Run_ClientStopsReading_WhatWaitsIsBoundedAndArrivesLater()
    {
        await using var tunnel = await OpenAsync(ReceiveBytes);
        await StopsReadingAsync(tunnel.Server, tunnel.Client, tunnel.Live.FromServer);
    }

    [Fact]
    public async Task Run_ServerStopsReading_WhatWaitsIsBoundedAndArrivesLater()
    {
        await using var tunnel = await OpenAsync(ReceiveBytes);
        await StopsReadingAsync(tunnel.Client, tunnel.Server, tunnel.Live.FromClient);
    }

    [Fact]
    public async Task Run_OneDirectionIsBlocked_TheOtherGoesOn()
    {
        var run = new ByteRun(8);
        await using var tunnel = await OpenAsync(ReceiveBytes);
        using var flood = new Flood(tunnel.Server, new ByteRun(9));
        await flood.BlockedAsync(tunnel.Live.FromServer);

        var sending = run.SendAsync(tunnel.Client, 3_000_000);
        await run.ReceiveAsync(tunnel.Server, 3_000_000);

        await sending;
    }

    [Theory]
    [InlineData(TunnelEnd.Operator)]
    [InlineData(TunnelEnd.Idle)]
    [InlineData(TunnelEnd.Shutdown)]
    public async Task RequestEnd_DirectionIsBlocked_WholeMessagesThenTheCloseFrameArrive(TunnelEnd reason)
    {
        await using var tunnel = await OpenAsync(ReceiveBytes);
        using var flood = new Flood(tunnel.Server, _ => _message);
        await flood.BlockedAsync(tunnel.Live.FromServer);

        tunnel.Live.RequestEnd(Ends.Of(reason));

        // The server hears it at once, and answers behind the message that it is in.
        (await tunnel.Server.ReadAsync(8))[..2].ShouldBe([0x88, 0x82]);
        var answered = AnswerAsync(tunnel.Server, flood);
        while (true)
        {
            var begin = await tunnel.Client.ReadAsync(4);
            if (begin.AsSpan().SequenceEqual(Frames.Close(CloseOrder.GoingAway)))
                break;
            (await tunnel.Client.ReadAsync(_message.Length - 4)).AsSpan().SequenceEqual(_message.AsSpan(4)).ShouldBeTrue("a whole message");
        }

        await tunnel.Client.SendAsync(Frames.Close(CloseOrder.GoingAway, [1, 2, 3, 4]));
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await answered;
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(reason);
    }

    [Fact]
    public async Task RequestEnd_BlockedEndNeverReads_IsCutInTime()
    {
        await using var tunnel = await OpenAsync(ReceiveBytes);
        using var flood = new Flood(tunnel.Client, new ByteRun(10));
        await flood.BlockedAsync(tunnel.Live.FromClient);

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));

        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.Operator);
    }

    private static async Task AnswerAsync(RawPeer server, Flood flood)
    {
        await flood.StopAsync();
        await server.SendAsync(Frames.Close(CloseOrder.GoingAway));
    }

    private async Task StopsReadingAsync(RawPeer sender, RawPeer receiver, TunnelFlow flow)
    {
        var run = new ByteRun(11);
        using var flood = new Flood(sender, run);
        await flood.BlockedAsync(flow);

        // 1. What has passed is in the receiver's kernel buffer, in the one of our sending socket, or held.
        var passed = flow.Counts.WireBytes;
        passed.ShouldBeLessThanOrEqualTo(MostInKernel() + EpollLoop.RoomBytes + CloseFrame.MostBytes);
        if (OnEpoll)
            flow.HeldBytes.ShouldBeInRange(1, EpollLoop.RoomBytes + CloseFrame.MostBytes);
        else
            flow.HeldBytes.ShouldBe(0);

        // 2. It reads again, in fits and starts; the bound holds at every look and nothing is altered.
        var total = flood.Sent + 2_000_000;
        for (var at = 0L; at < total; at += 500_000)
        {
            flow.HeldBytes.ShouldBeLessThanOrEqualTo(EpollLoop.RoomBytes + CloseFrame.MostBytes);
            await run.ReceiveAsync(receiver, Math.Min(500_000, total - at), from: at);
        }
    }

    // The kernel doubles what was asked for at the receiver; the sending socket grows to the system's limit. Kestrel adds its own pipe.
    private long MostInKernel()
    {
        var sending = long.Parse(File.ReadAllText("/proc/sys/net/ipv4/tcp_wmem").Split('\t', ' ')[^1], CultureInfo.InvariantCulture);
        return sending + (4 * ReceiveBytes) + (OnEpoll ? 0 : 1024 * 1024);
    }
}

public sealed class TunnelBackPressureOnStreamsTests() : TunnelBackPressureTests(RelayChoice.Stream);

public sealed class TunnelBackPressureOnEpollTests() : TunnelBackPressureTests(RelayChoice.Epoll);

public sealed class TunnelBackPressureUnderTlsTests() : TunnelBackPressureTests(RelayChoice.Epoll, overTls: true);

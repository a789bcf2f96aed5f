using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>What an event loop may find in one batch of events, put together on purpose.</summary>
public sealed class EpollRelayTests
{
    private static readonly byte[] _mask = [1, 2, 3, 4];

    [Fact]
    public async Task Batch_ServerSaysWhyAndResetsWhileTheClientSends_ClientHearsWhy()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        await relay.Client.SendAsync(Frames.MaskedText("x"));
        await relay.Server.ReadAsync(7);

        using (await relay.HoldAsync())
        {
            await relay.Client.SendAsync(Frames.MaskedText("unread"));
            await relay.Server.SendAsync(Frames.Close(1011));
            relay.Server.Reset();
        }

        (await relay.Client.ReadAsync(4)).ShouldBe(Frames.Close(1011));
        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.ServerClosed);
        relay.Live.CloseCode.ShouldBe(1011);
    }

    [Fact]
    public async Task Reset_ByAClientThatIsSlowedDown_IsOverAtOnce()
    {
        await using var tunnel = await OpenTunnel.StartAsync(
            new TunnelPlan
            {
                Relay = RelayChoice.Epoll,
                Policy = new WebSocketPolicy { MaxMessageRate = 1, OverRate = OverRate.SlowDown },
            }
        );
        await tunnel.Client.SendAsync([.. Enumerable.Repeat(Frames.MaskedText("m"), 600).SelectMany(one => one)]);
        await tunnel.Server.ReadAsync(600 * 7);

        tunnel.Client.Reset();

        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientError, "nobody waits ten minutes to see that it is gone");
    }

    [Fact]
    public async Task Batch_ServerResetsWhileTheClientSends_ClientIsReset()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        await relay.Client.SendAsync(Frames.MaskedText("x"));
        await relay.Server.ReadAsync(7);

        using (await relay.HoldAsync())
        {
            await relay.Client.SendAsync(Frames.MaskedText("unread"));
            relay.Server.Reset();
        }

        (await relay.Client.IsResetAsync()).ShouldBeTrue();
        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.ServerError);
    }

    [Fact]
    public async Task Batch_ClientSendsAndResetsWhileTheServerSends_ServerGetsWhatWasSent()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        await relay.Server.SendAsync(Frames.Text("x"));
        await relay.Client.ReadAsync(3);

        using (await relay.HoldAsync())
        {
            await relay.Server.SendAsync(Frames.Text("unread"));
            await relay.Client.SendAsync(Frames.Close(4000, _mask));
            relay.Client.Reset();
        }

        (await relay.Server.ReadAsync(8)).ShouldBe(Frames.Close(4000, _mask));
        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.ClientClosed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Batch_UrgentDataInTheMiddle_AllOfItCrossesWithoutAnotherByte(bool fromClient)
    {
        await using var relay = await RelayOnALoop.StartAsync();
        var (from, to) = fromClient ? (relay.Client, relay.Server) : (relay.Server, relay.Client);
        for (var round = 0; round < 3; round++)
        {
            using (await relay.HoldAsync())
            {
                await from.SendAsync("ab");
                from.Socket.Send("!"u8, System.Net.Sockets.SocketFlags.OutOfBand);
                await from.SendAsync("cdef");
            }

            (await to.ReadAsync(6)).ShouldBe("abcdef"u8.ToArray());
        }
    }

    [Fact]
    public async Task Batch_ClientEndsAndLeavesWhileTheServerSends_TheClientEndedIt()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        await relay.Server.SendAsync(Frames.Text("x"));
        await relay.Client.ReadAsync(3);

        using (await relay.HoldAsync())
        {
            await relay.Client.DisposeAsync();
            await relay.Server.SendAsync(Frames.Text("nobody is there"));
        }

        using var flood = new Flood(relay.Server, new ByteRun(30));
        await flood.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.ClientClosed);
    }

    [Fact]
    public async Task Start_BothEndsAreAlreadyOver_WhatTheySaidStillCrosses()
    {
        await using var relay = await RelayOnALoop.MakeAsync();
        await relay.Client.SendAsync("from client");
        await relay.Server.SendAsync("from server");
        relay.Client.ShutSend();
        relay.Server.ShutSend();
        await relay.SettledAsync();

        relay.Start("early "u8.ToArray(), "early "u8.ToArray());

        (await relay.Server.ReadToEndAsync()).ShouldBe("early from client");
        (await relay.Client.ReadToEndAsync()).ShouldBe("early from server");
        await relay.GoneAsync();
    }

    [Fact]
    public async Task Start_EndWasAskedForBefore_CloseFramesAreAllThatIsSent()
    {
        await using var relay = await RelayOnALoop.MakeAsync();
        relay.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));

        relay.Start();

        (await relay.Client.ReadAsync(4)).ShouldBe(Frames.Close(1001));
        (await relay.Server.ReadAsync(8))[..2].ShouldBe([0x88, 0x82]);
        await relay.Client.SendAsync(Frames.Close(1001, _mask));
        await relay.Server.SendAsync(Frames.Close(1001));
        (await relay.Client.ReadToEndAsync()).ShouldBe("");
        (await relay.Server.ReadToEndAsync()).ShouldBe("");
        await relay.GoneAsync();
    }

    [Fact]
    public async Task Start_EndWasAskedForWithHalfAFrameBehindTheHead_TheFrameIsCompletedFirst()
    {
        var frame = Frames.Text("whole message");
        await using var relay = await RelayOnALoop.MakeAsync();
        relay.Live.RequestEnd(Ends.Of(TunnelEnd.Shutdown, 1012));

        relay.Start(behindServerHead: frame[..5]);
        // The other direction stands between two frames, and hears it first.
        (await relay.Server.ReadAsync(8))[..2].ShouldBe([0x88, 0x82]);
        await relay.Server.SendAsync([.. frame[5..], .. Frames.Text("one too many")[..7]]);

        (await relay.Client.ReadAsync(frame.Length + 4)).ShouldBe([.. frame, .. Frames.Close(1012)]);
        await relay.Client.SendAsync(Frames.Close(1012, _mask));
        await relay.Server.SendAsync(Frames.Close(1012));
        (await relay.Client.ReadToEndAsync()).ShouldBe("");
        await relay.GoneAsync();
    }

    [Fact]
    public async Task Start_EndsLeaveMeanwhile_TheirSlotsServeTheNext()
    {
        using var loops = LoopSocket.Loops();
        for (var round = 0; round < 150; round++)
        {
            await using var relay = await RelayOnALoop.MakeAsync(on: loops);
            await Task.WhenAll(
                Task.Run(() => relay.Start()),
                Task.Run(round % 3 == 0 ? relay.Server.ShutSend : relay.Server.Reset),
                Task.Run(relay.Client.Reset)
            );
            await relay.GoneAsync();

            await using var first = await LoopSocket.OpenAsync(loops);
            await using var second = await LoopSocket.OpenAsync(loops);
            foreach (var next in new[] { first, second })
            {
                var reading = next.Socket.ReceiveSomeAsync(new byte[1], CancellationToken.None).AsTask();
                await next.Peer.SendAsync("a");
                (await reading.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(1);
            }
        }
    }

    [Fact]
    public async Task RequestEnd_AskedForTwice_OneCloseFrameIsSent()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        using (await relay.HoldAsync())
        {
            relay.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
            relay.Live.RequestEnd(Ends.Of(TunnelEnd.Shutdown, 1012));
        }

        (await relay.Client.ReadAsync(4)).ShouldBe(Frames.Close(1001));
        await relay.Server.SendAsync(Frames.Close(1001));
        await relay.Client.SendAsync(Frames.Close(1001, _mask));
        (await relay.Client.ReadToEndAsync()).ShouldBe("");
        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.Operator);
    }

    [Fact]
    public async Task Batch_EndIsAskedForAndTheServersOwnCloseIsThere_OneCloseFrameArrives()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        using (await relay.HoldAsync())
        {
            await relay.Server.SendAsync(Frames.Close(1000));
            relay.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
        }

        (await relay.Client.ReadAsync(4))[..3].ShouldBe([0x88, 0x02, 0x03]);
        await relay.Client.SendAsync(Frames.Close(1000, _mask));
        (await relay.Client.ReadToEndAsync()).ShouldBe("");
        await relay.GoneAsync();
    }

    [Fact]
    public async Task RequestEnd_NobodyAnswers_IsCutAfterFiveSeconds()
    {
        var time = TestTime.New();
        await using var relay = await RelayOnALoop.StartAsync(time);
        relay.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
        await relay.Client.ReadAsync(4);

        time.Advance(TimeSpan.FromSeconds(4));
        await relay.Server.SendAsync("still talking");
        await Until.TrueAsync(() => relay.Live.FromServer.Counts.WireBytes == 13);
        relay.Registry.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(2));

        await relay.GoneAsync();
    }

    [Fact]
    public async Task HalfClosed_SilentForThirtySeconds_IsCut()
    {
        var time = TestTime.New();
        await using var relay = await RelayOnALoop.StartAsync(time);
        relay.Client.ShutSend();
        await relay.Server.ReadToEndAsync();

        time.Advance(TimeSpan.FromSeconds(29));
        await relay.Server.SendAsync("still here");
        await relay.Client.ReadAsync(10);
        time.Advance(TimeSpan.FromSeconds(29));
        await relay.Server.SendAsync("still here");
        await relay.Client.ReadAsync(10);
        relay.Registry.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(31));

        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.ClientClosed);
    }

    [Fact]
    public async Task Loops_AreDisposedUnderATunnel_BothEndsAreClosed()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        await relay.Client.SendAsync(Frames.MaskedText("x"));
        await relay.Server.ReadAsync(7);

        relay.Loops.Dispose();

        await relay.Client.DrainAsync();
        await relay.Server.DrainAsync();
        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.Shutdown);
    }

    [Fact]
    public async Task Loops_AreDisposedBeforeATunnelBegins_BothEndsAreClosed()
    {
        await using var relay = await RelayOnALoop.MakeAsync();
        relay.Loops.Dispose();

        relay.Start();

        await relay.Client.DrainAsync();
        await relay.Server.DrainAsync();
        await relay.GoneAsync();
    }
}

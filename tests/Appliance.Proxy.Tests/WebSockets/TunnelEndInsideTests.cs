using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>An end that is asked for while something is under way: a frame, a message in fragments, an answer, a FIN.</summary>
public abstract class TunnelEndInsideTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private static readonly byte[] _mask = [1, 2, 3, 4];
    private static readonly byte[] _toClient = Frames.Close(CloseOrder.GoingAway);

    public static TheoryData<TunnelEnd> Reasons => [TunnelEnd.Operator, TunnelEnd.Idle, TunnelEnd.Shutdown];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task RequestEnd_InTheMiddleOfAFrame_ItIsCompletedFirst(TunnelEnd reason)
    {
        var frame = Frames.Text("whole message");
        await using var tunnel = await OpenAsync();
        await tunnel.Server.SendAsync(frame[..6]);
        await tunnel.Client.ReadAsync(6);

        tunnel.Live.RequestEnd(Ends.Of(reason));
        // The other direction stands between two frames, and hears it at once.
        await HearsAsync(tunnel.Server);
        await tunnel.Server.SendAsync([.. frame[6..], .. Frames.Close(1000)]);

        (await tunnel.Client.ReadAsync(frame.Length - 6)).ShouldBe(frame[6..]);
        // Its own close frame came with the rest of it, or later and then behind ours: one of the two.
        (await tunnel.Client.ReadAsync(4))[..2].ShouldBe([0x88, 0x02]);
        await tunnel.Client.SendAsync(Frames.Close(CloseOrder.GoingAway, _mask));
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(reason);
    }

    [Fact]
    public async Task RequestEnd_InTheMiddleOfAFrameOfAGuardedRoute_NothingElseSlipsThrough()
    {
        var frame = Frames.MaskedText("whole message");
        await using var tunnel = await OpenAsync(plan: new TunnelPlan { Policy = new WebSocketPolicy { MaxMessageBytes = 100 } });
        await tunnel.Client.SendAsync(frame[..8]);
        await tunnel.Server.ReadAsync(8);

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
        (await tunnel.Client.ReadAsync(4)).ShouldBe(_toClient);
        await tunnel.Client.SendAsync([.. frame[8..], .. Frames.Write(0x82, new byte[5000], _mask)]);

        (await tunnel.Server.ReadAsync(frame.Length - 8)).ShouldBe(frame[8..]);
        await HearsAsync(tunnel.Server);
        await EndBothAsync(tunnel);
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("");
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task RequestEnd_InTheMiddleOfAHeader_TheFrameIsCompletedFirst(TunnelEnd reason)
    {
        var frame = Frames.Write(0x82, new byte[70_000], _mask);
        await using var tunnel = await OpenAsync();
        await tunnel.Client.SendAsync(frame[..9]);
        await tunnel.Server.ReadAsync(9);

        tunnel.Live.RequestEnd(Ends.Of(reason));
        (await tunnel.Client.ReadAsync(4)).ShouldBe(_toClient);
        await tunnel.Client.SendAsync(frame[9..]);

        (await tunnel.Server.ReadAsync(frame.Length - 9)).AsSpan().SequenceEqual(frame.AsSpan(9)).ShouldBeTrue();
        await HearsAsync(tunnel.Server);
        await EndBothAsync(tunnel);
        tunnel.Live.End.ShouldBe(reason);
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task RequestEnd_InTheMiddleOfAFragmentedMessage_CloseFrameStandsBetweenTheFragments(TunnelEnd reason)
    {
        await using var tunnel = await OpenAsync();
        var fragment = Frames.Write(0x01, "one "u8.ToArray(), null);
        await tunnel.Server.SendAsync(fragment);
        (await tunnel.Client.ReadAsync(fragment.Length)).ShouldBe(fragment);

        tunnel.Live.RequestEnd(Ends.Of(reason));
        await HearsAsync(tunnel.Server);
        await tunnel.Server.SendAsync(Frames.Write(0x80, "two"u8.ToArray(), null));

        // A control frame may stand between fragments (RFC 6455, 5.4); what follows it is not for the client any more.
        (await tunnel.Client.ReadAsync(4)).ShouldBe(_toClient);
        await EndBothAsync(tunnel);
        tunnel.Live.FromServer.Counts.Messages.ShouldBe(1, "it was read and counted");
    }

    [Fact]
    public async Task RequestEnd_FrameNeverEnds_IsCutInTime()
    {
        await using var tunnel = await OpenAsync();
        await tunnel.Client.SendAsync(Frames.Header(0x82, long.MaxValue, _mask));
        await tunnel.Server.ReadAsync(14);

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));

        await tunnel.GoneAsync();
        (await tunnel.Client.ReadAsync(4)).ShouldBe(_toClient);
        tunnel.Live.End.ShouldBe(TunnelEnd.Operator);
    }

    [Fact]
    public async Task RequestEnd_EndsAnswerWithAFinOnly_IsOver()
    {
        await using var tunnel = await OpenAsync();

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
        (await tunnel.Client.ReadAsync(4)).ShouldBe(_toClient);
        await HearsAsync(tunnel.Server);
        await tunnel.Client.DisposeAsync();
        await tunnel.Server.DisposeAsync();

        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.Operator);
        tunnel.Live.CloseCode.ShouldBe(CloseOrder.GoingAway);
    }

    [Fact]
    public async Task RequestEnd_CloseHandshakeHasPassed_NoSecondCloseFrameIsSent()
    {
        await using var tunnel = await OpenAsync();
        await tunnel.Client.SendAsync(Frames.Close(1000, _mask));
        (await tunnel.Server.ReadAsync(8)).ShouldBe(Frames.Close(1000, _mask));
        await tunnel.Server.SendAsync(Frames.Close(1000));
        (await tunnel.Client.ReadAsync(4)).ShouldBe(Frames.Close(1000));

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));

        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        tunnel.Live.CloseCode.ShouldBe(1000);
    }

    private static async Task HearsAsync(RawPeer server)
    {
        var frame = await server.ReadAsync(8);
        frame[..2].ShouldBe([0x88, 0x82]);
        (((frame[6] ^ frame[2]) * 256) + (frame[7] ^ frame[3])).ShouldBe(CloseOrder.GoingAway);
    }

    private static async Task EndBothAsync(OpenTunnel tunnel)
    {
        await tunnel.Server.SendAsync(Frames.Close(CloseOrder.GoingAway));
        await tunnel.Client.SendAsync(Frames.Close(CloseOrder.GoingAway, _mask));
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
    }
}

public sealed class TunnelEndInsideOnStreamsTests() : TunnelEndInsideTests(RelayChoice.Stream);

public sealed class TunnelEndInsideOnEpollTests() : TunnelEndInsideTests(RelayChoice.Epoll);

public sealed class TunnelEndInsideUnderTlsTests() : TunnelEndInsideTests(RelayChoice.Epoll, overTls: true);

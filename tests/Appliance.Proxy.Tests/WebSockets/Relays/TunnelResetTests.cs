using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>An end that breaks off: what the other sees, and what is recorded.</summary>
public abstract class TunnelResetTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    [Fact]
    public async Task Run_ClientResets_ServerIsCutAndTheClientIsToBlame()
    {
        await using var tunnel = await OpenAsync();

        tunnel.Client.Reset();

        // Streams end the server's connection in order; the event loop passes on what it saw.
        if (OnEpoll)
            (await tunnel.Server.IsResetAsync()).ShouldBeTrue();
        else
            await tunnel.Server.DrainAsync();
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientError);
        tunnel.Live.CloseCode.ShouldBe(1006);
    }

    [Fact]
    public async Task Run_ServerResets_ClientIsCutAndTheServerIsToBlame()
    {
        await using var tunnel = await OpenAsync();

        tunnel.Server.Reset();

        if (OnEpoll)
            (await tunnel.Client.IsResetAsync()).ShouldBeTrue();
        else
            await tunnel.Client.DrainAsync();
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ServerError);
        tunnel.Live.CloseCode.ShouldBe(1006);
    }

    [Fact]
    public async Task Run_ResetBehindACloseFrame_TheCloseFrameSaysWhoEndedIt()
    {
        await using var tunnel = await OpenAsync();

        await tunnel.Client.SendAsync(Frames.Close(4001, [1, 2, 3, 4]));
        await tunnel.Server.ReadAsync(8);
        tunnel.Server.Reset();

        await tunnel.Client.DrainAsync();
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientClosed);
        tunnel.Live.CloseCode.ShouldBe(4001);
    }

    [Fact]
    public async Task Run_ClientResetsInTheMiddleOfAFrame_TheClientIsToBlame()
    {
        await using var tunnel = await OpenAsync();

        await tunnel.Client.SendAsync(Frames.MaskedText("whole message")[..9]);
        await tunnel.Server.ReadAsync(9);
        tunnel.Client.Reset();

        await tunnel.Server.DrainAsync();
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientError);
        tunnel.Live.FromClient.Counts.ShouldBe(new FrameCounts { WireBytes = 9, PayloadBytes = 3 });
    }

    [Fact]
    public async Task Run_ClientResetsWhileTheServersBytesWaitForIt_TheClientIsToBlame()
    {
        await using var tunnel = await OpenAsync(receiveBytes: 128 * 1024);
        using var flood = new Flood(tunnel.Server, new ByteRun(6));
        await flood.BlockedAsync(tunnel.Live.FromServer);

        tunnel.Client.Reset();

        await tunnel.GoneAsync();
        ToBlame(tunnel.Live.End, TunnelEnd.ClientError, TunnelEnd.ClientClosed);
    }

    [Fact]
    public async Task Run_ServerResetsWhileTheClientsBytesWaitForIt_TheServerIsToBlame()
    {
        await using var tunnel = await OpenAsync(receiveBytes: 128 * 1024);
        using var flood = new Flood(tunnel.Client, new ByteRun(7));
        await flood.BlockedAsync(tunnel.Live.FromClient);

        tunnel.Server.Reset();

        await tunnel.GoneAsync();
        ToBlame(tunnel.Live.End, TunnelEnd.ServerError, TunnelEnd.ServerClosed);
    }

    // The kernel tells an error once: when a stream's write hears of it first, its read finds a plain end. Only the event loop puts the two
    // together.
    private void ToBlame(TunnelEnd end, TunnelEnd error, TunnelEnd closed)
    {
        if (OnEpoll || end != closed)
            end.ShouldBe(error);
    }
}

public sealed class TunnelResetOnStreamsTests() : TunnelResetTests(RelayChoice.Stream);

public sealed class TunnelResetOnEpollTests() : TunnelResetTests(RelayChoice.Epoll);

public sealed class TunnelResetUnderTlsTests() : TunnelResetTests(RelayChoice.Epoll, overTls: true);

using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>
/// One end has said all it had to say; the other has not. Only the event loop can do this: Kestrel's own transport aborts on a client's
/// FIN.
/// </summary>
public abstract class TunnelHalfCloseTests(bool overTls) : OnEitherRelay(RelayChoice.Epoll, overTls)
{
    private const int Much = 8_000_000;

    [Fact]
    public async Task Run_ClientShutsItsHalf_ServerGoesOnForMegabytes()
    {
        await using var tunnel = await OpenAsync();

        await tunnel.Client.SendAsync("last words");
        tunnel.Client.ShutSend();
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("last words");
        await GoesOnAsync(tunnel.Server, tunnel.Client);

        tunnel.Live.End.ShouldBe(TunnelEnd.ClientClosed);
        tunnel.Server.ShutSend();
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        tunnel.Live.CloseCode.ShouldBe(1006);
    }

    [Fact]
    public async Task Run_ServerShutsItsHalf_ClientGoesOnForMegabytes()
    {
        await using var tunnel = await OpenAsync();

        await tunnel.Server.SendAsync("last words");
        tunnel.Server.ShutSend();
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("last words");
        await GoesOnAsync(tunnel.Client, tunnel.Server);

        tunnel.Live.End.ShouldBe(TunnelEnd.ServerClosed);
        tunnel.Client.ShutSend();
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
    }

    [Fact]
    public async Task Run_ClientShutsItsHalfWhileItsBytesWait_TheyArriveBeforeTheEnd()
    {
        var run = new ByteRun(20);
        await using var tunnel = await OpenAsync(receiveBytes: 128 * 1024);
        using var flood = new Flood(tunnel.Client, run);
        await flood.BlockedAsync(tunnel.Live.FromClient);

        var stopped = flood.StopAsync();
        var reading = run.ReceiveToEndAsync(tunnel.Server);
        await stopped.WaitAsync(TimeSpan.FromSeconds(20));
        tunnel.Client.ShutSend();

        (await reading).ShouldBe(flood.Sent);
        await tunnel.Server.SendAsync("thank you");
        (await tunnel.Client.ReadAsync(9)).ShouldBe("thank you"u8.ToArray());
    }

    [Fact]
    public async Task Run_ServerShutsItsHalfWhileItsBytesWait_TheyArriveBeforeTheEnd()
    {
        var run = new ByteRun(23);
        await using var tunnel = await OpenAsync(receiveBytes: 128 * 1024);
        using var flood = new Flood(tunnel.Server, run);
        await flood.BlockedAsync(tunnel.Live.FromServer);

        var stopped = flood.StopAsync();
        var reading = run.ReceiveToEndAsync(tunnel.Client);
        await stopped.WaitAsync(TimeSpan.FromSeconds(20));
        await tunnel.Server.DisposeAsync();

        (await reading).ShouldBe(flood.Sent);
    }

    [Fact]
    public async Task Run_BothShutTheirHalvesAtOnce_IsOver()
    {
        await using var tunnel = await OpenAsync();

        tunnel.Client.ShutSend();
        tunnel.Server.ShutSend();

        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
    }

    [Fact]
    public async Task Run_ServerResetsAfterTheClientsHalfIsShut_ClientIsCut()
    {
        await using var tunnel = await OpenAsync();
        tunnel.Client.ShutSend();
        await tunnel.Server.ReadToEndAsync();

        tunnel.Server.Reset();

        (await tunnel.Client.IsResetAsync()).ShouldBeTrue();
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientClosed);
    }

    [Fact]
    public async Task Run_ClientLeavesAfterItsHalf_ServerThatStillSendsIsCut()
    {
        await using var tunnel = await OpenAsync();
        using var flood = new Flood(tunnel.Server, new ByteRun(21));
        await Until.TrueAsync(() => flood.Sent > 0);

        // A FIN, and a reset for the first byte behind it.
        tunnel.Client.ShutSend();
        await tunnel.Server.ReadToEndAsync();
        await tunnel.Client.DisposeAsync();

        await flood.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientClosed);
    }

    [Fact]
    public async Task RequestEnd_OneHalfIsShut_TheOtherIsEndedInOrder()
    {
        await using var tunnel = await OpenAsync();
        tunnel.Client.ShutSend();
        await tunnel.Server.ReadToEndAsync();
        await tunnel.Server.SendAsync(Frames.Text("still here"));
        await tunnel.Client.ReadAsync(12);

        tunnel.Host.Connections.Close(tunnel.Live.Id, Ends.Of(TunnelEnd.Operator)).ShouldBeTrue();

        (await tunnel.Client.ReadAsync(4)).ShouldBe(Frames.Close(CloseOrder.GoingAway));
        await tunnel.Server.SendAsync(Frames.Close(CloseOrder.GoingAway));
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        tunnel.Live.End.ShouldBe(TunnelEnd.ClientClosed);
    }

    // In turns, so that it lasts; then in one go.
    private static async Task GoesOnAsync(RawPeer from, RawPeer to)
    {
        var run = new ByteRun(22);
        for (var at = 0; at < 1_000_000; at += 20_000)
        {
            await run.SendAsync(from, 20_000, from: at);
            await run.ReceiveAsync(to, 20_000, from: at);
        }

        var sending = run.SendAsync(from, Much, from: 1_000_000);
        await run.ReceiveAsync(to, Much, from: 1_000_000);
        await sending;
    }
}

public sealed class TunnelHalfCloseOnEpollTests() : TunnelHalfCloseTests(overTls: false);

public sealed class TunnelHalfCloseUnderTlsTests() : TunnelHalfCloseTests(overTls: true);

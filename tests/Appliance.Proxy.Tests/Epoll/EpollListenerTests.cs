using System.Net;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>Listening, and what happens when no more sockets may be open.</summary>
[Collection(Alone.Name)]
public sealed class EpollListenerTests
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task Accept_SocketsAreAtTheirCap_ClientsWaitAndAreServedWhenOthersLeave()
    {
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync("hello"), mostSockets: 3);
        var first = new List<RawPeer>();
        for (var one = 0; one < 3; one++)
            first.Add(await host.ConnectAsync());
        await Until.TrueAsync(() => host.Loops.IsFull);

        var late = new List<RawPeer>();
        for (var one = 0; one < 3; one++)
        {
            late.Add(await host.ConnectAsync());
            await late[one].SendAsync(Ask);
        }

        // Those who are in are served; those who wait are not, and nobody is turned away.
        await first[0].SendAsync(Ask);
        (await first[0].ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
        host.Loops.Sockets.ShouldBe(3);
        late.ShouldAllBe(one => one.Socket.Available == 0);

        foreach (var one in first)
            await one.DisposeAsync();
        foreach (var one in late)
            (await one.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
        foreach (var one in late)
            await one.DisposeAsync();
    }

    [Fact]
    public async Task Accept_MemoryIsScarce_ClientsWaitAndAreServedWhenThereIsRoom()
    {
        var used = 0.5;
        await using var host = await EpollHttpHost.StartAsync(
            _ => Task.CompletedTask,
            memory: new MemoryRoom(TimeProvider.System, () => Volatile.Read(ref used), () => { })
        );
        await using var first = await host.ConnectAsync();
        await first.SendAsync(Ask);
        (await first.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");

        Volatile.Write(ref used, 0.8);
        await Until.TrueAsync(() => host.Loops.MayNotAccept);
        await using var late = await host.ConnectAsync();
        await late.SendAsync(Ask);
        await first.SendAsync(Ask);
        (await first.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
        (late.Socket.Available, host.Loops.Sockets, host.Loops.IsFull).ShouldBe((0, 1, false));

        Volatile.Write(ref used, 0.5);
        (await late.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task Accept_SocketsAreAtTheirCap_LoopDoesNotSpin()
    {
        var time = new CountingTime();
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync("hello"), mostSockets: 1, time);
        await using var first = await host.ConnectAsync();
        await using var late = await host.ConnectAsync();
        await late.SendAsync(Ask);
        await Until.TrueAsync(() => host.Loops.IsFull);

        // A loop asks for the time once a turn. Ticks are ten a second; a loop that spins makes as many turns as it can.
        var (turns, begun) = (time.Asked, TimeProvider.System.GetTimestamp());
        await Until.TrueAsync(() => TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(1));
        var elapsed = TimeProvider.System.GetElapsedTime(begun);

        (time.Asked - turns).ShouldBeLessThan((long)(elapsed.TotalSeconds * 40) + 40);
        late.Socket.Available.ShouldBe(0);
        await first.DisposeAsync();
        (await late.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task Dial_SocketsAreAtTheirCap_IsRefusedAndBlamesNoServer()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await TunnelHost.StartAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Relay = RelayChoice.Epoll,
                MostSockets = 1,
            }
        );

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 503 ");

        server.Accepted.ShouldBe(0);
        host.Pool.Servers[0].Active.ShouldBe(0);
        host.Pool.Servers[0].LastError.ShouldBeNull();
    }

    [Fact]
    public async Task Dial_PlaceWasGivenBack_Succeeds()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await TunnelHost.StartAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Relay = RelayChoice.Epoll,
                MostSockets = 2,
            }
        );

        for (var one = 0; one < 5; one++)
        {
            var client = await host.OpenAsync();
            host.Loops!.Sockets.ShouldBe(2);
            client.Reset();
            await host.GoneAsync();
        }
    }

    [Fact]
    public async Task Bind_PortIsTaken_SaysSo()
    {
        using var loops = LoopSocket.Loops();
        await using var first = EpollListener.Bind(loops, new IPEndPoint(IPAddress.Loopback, 0));

        Should.Throw<AddressInUseException>(() => EpollListener.Bind(loops, (IPEndPoint)first.EndPoint));
    }

    [Fact]
    public async Task Bind_AnyV6_TakesBothFamilies()
    {
        using var loops = LoopSocket.Loops();
        await using var listener = EpollListener.Bind(loops, new IPEndPoint(IPAddress.IPv6Any, 0));

        await using var client = await RawPeer.ConnectAsync(((IPEndPoint)listener.EndPoint).Port);
        await using var accepted = await listener.AcceptAsync();

        accepted.ShouldNotBeNull().RemoteEndPoint.ShouldBeOfType<IPEndPoint>().Address.MapToIPv4().ShouldBe(IPAddress.Loopback);
        ((IPEndPoint)accepted.RemoteEndPoint!).Port.ShouldBe(((IPEndPoint)client.Socket.LocalEndPoint!).Port);
        ((IPEndPoint)accepted.LocalEndPoint!).Port.ShouldBe(((IPEndPoint)listener.EndPoint).Port);
    }

    [Fact]
    public async Task Unbind_SomebodyAccepts_HearsTheEnd()
    {
        using var loops = LoopSocket.Loops();
        var listener = EpollListener.Bind(loops, new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync().AsTask();

        await listener.UnbindAsync();

        (await accepting.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_ConnectionsNobodyTook_AreClosed()
    {
        using var loops = LoopSocket.Loops();
        var listener = EpollListener.Bind(loops, new IPEndPoint(IPAddress.Loopback, 0));
        await using var client = await RawPeer.ConnectAsync(((IPEndPoint)listener.EndPoint).Port);
        await Until.TrueAsync(() => loops.Sockets == 1);

        await listener.DisposeAsync();

        await client.DrainAsync();
        loops.Sockets.ShouldBe(0);
    }

    [Fact]
    public async Task OnReady_NobodyAcceptsAnyMore_ConnectionIsClosedWithItsDescriptor()
    {
        using var loops = LoopSocket.Loops();
        await using var listener = EpollListener.Bind(loops, new IPEndPoint(IPAddress.Loopback, 0));
        listener.OnAbandoned(loops.First);

        await using var client = await RawPeer.ConnectAsync(((IPEndPoint)listener.EndPoint).Port);

        await client.DrainAsync();
        await Until.TrueAsync(() => loops.Sockets == 0);
    }

    // The real clock, counted: the listener's next try must come, and only how often it is asked for is looked at.
    private sealed class CountingTime : TimeProvider
    {
        private long _asked;

        public long Asked => Interlocked.Read(ref _asked);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _asked);
            return System.GetTimestamp();
        }
    }
}

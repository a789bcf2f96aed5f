using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>One socket of a loop, as code on the thread pool uses it.</summary>
public sealed class EpollSocketTests : IDisposable
{
    private readonly EpollLoops _loops = LoopSocket.Loops();

    [Fact]
    public async Task Connect_NobodyListens_IsRefusedAndNothingStaysOpen()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var refused = await Should.ThrowAsync<SocketException>(async () =>
            await EpollSocket.ConnectAsync(_loops, _loops.First, (IPEndPoint)closed.LocalEndPoint!, CancellationToken.None)
        );

        refused.SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        _loops.Sockets.ShouldBe(0);
        _loops.First.Sockets.ShouldBe(0);
    }

    [Fact]
    public async Task Connect_NobodyAnswers_IsCancelledAndNothingStaysOpen()
    {
        // A queue of one that is full: the kernel drops further handshakes.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var stop = new CancellationTokenSource();
        var waiting = Enumerable
            .Range(0, 4)
            .Select(_ => EpollSocket.ConnectAsync(_loops, _loops.First, (IPEndPoint)listener.LocalEndPoint!, stop.Token).AsTask())
            .ToArray();
        await Until.TrueAsync(() => waiting.Any(one => one.IsCompletedSuccessfully));

        await stop.CancelAsync();

        foreach (var one in waiting)
        {
            try
            {
                (await one.WaitAsync(TimeSpan.FromSeconds(20))).Dispose();
            }
            catch (OperationCanceledException)
            {
                // Those behind the queue.
            }
        }

        waiting.ShouldContain(one => one.IsCanceled || one.IsFaulted);
        _loops.Sockets.ShouldBe(0);
        _loops.First.Sockets.ShouldBe(0);
    }

    [Fact]
    public async Task Connect_OverV6_KnowsItsAddress()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();

        using var socket = await EpollSocket.ConnectAsync(
            _loops,
            _loops.First,
            (IPEndPoint)listener.LocalEndPoint!,
            CancellationToken.None
        );

        using var peer = await listener.AcceptAsync();
        socket.LocalAddress().ShouldBe(peer.RemoteEndPoint);
    }

    [Fact]
    public async Task Reset_SomebodyReads_FailsAndThePeerIsReset()
    {
        await using var pair = await LoopSocket.OpenAsync(_loops);
        var reading = pair.Socket.ReceiveSomeAsync(new byte[10], CancellationToken.None).AsTask();

        pair.Socket.Reset();

        await Should.ThrowAsync<IOException>(reading.WaitAsync(TimeSpan.FromSeconds(20)));
        (await pair.Peer.IsResetAsync()).ShouldBeTrue();
        _loops.Sockets.ShouldBe(1, "the descriptor stays until it is disposed of");
    }

    [Fact]
    public async Task Reset_AfterItWasTakenAway_HarmsNobody()
    {
        await using var pair = await LoopSocket.OpenAsync(_loops);
        var (fd, slot) = pair.Socket.Detach();

        pair.Socket.Reset();
        pair.Socket.Dispose();

        Libc.Send(fd, "alive"u8).ShouldBe(5);
        (await pair.Peer.ReadAsync(5)).ShouldBe("alive"u8.ToArray());
        _loops.First.Release(slot);
        Libc.Close(fd);
        _loops.Closed();
    }

    [Fact]
    public async Task Detach_OfADisposedSocket_IsNothing()
    {
        await using var pair = await LoopSocket.OpenAsync(_loops);
        pair.Socket.Dispose();

        pair.Socket.Detach().ShouldBe((-1, -1));
        _loops.Sockets.ShouldBe(0);
    }

    [Fact]
    public async Task Dispose_FromManyThreads_ClosesOnce()
    {
        for (var round = 0; round < 100; round++)
        {
            await using var pair = await LoopSocket.OpenAsync(_loops);
            await Parallel.ForAsync(0, 4, (at, _) =>
            {
                if (at == 0)
                    pair.Socket.Reset();
                else
                    pair.Socket.Dispose();
                return ValueTask.CompletedTask;
            });
            _loops.Sockets.ShouldBe(0);
            _loops.First.Sockets.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Readiness_SignalsAndWaitsRace_NoneIsLost()
    {
        var readiness = new Readiness();
        var (sent, seen) = (0, 0);
        var waiting = Task.Run(async () =>
        {
            // As a reader does: look, and wait when there is nothing.
            while (seen < 100_000)
            {
                if (seen == Volatile.Read(ref sent))
                    await readiness.WaitAsync();
                else
                    seen++;
            }
        });

        await Task.Run(() =>
        {
            for (var one = 0; one < 100_000; one++)
            {
                Interlocked.Increment(ref sent);
                readiness.Signal();
            }
        });

        await waiting.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public void Dispose() => _loops.Dispose();
}

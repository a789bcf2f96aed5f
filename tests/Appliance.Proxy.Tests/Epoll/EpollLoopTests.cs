using System.Runtime.InteropServices;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>The loop itself: whom it calls, and whom never.</summary>
public sealed class EpollLoopTests : IDisposable
{
    private readonly EpollLoops _loops = LoopSocket.Loops();

    private EpollLoop Loop => _loops.First;

    [Fact]
    public async Task Dispatch_NumberIsReusedWithinABatch_OldEventReachesNobody()
    {
        await using var first = await LoopSocket.OpenAsync(_loops);
        await using var second = await LoopSocket.OpenAsync(_loops);
        await using var third = await LoopSocket.OpenAsync(_loops);
        var (firstFd, firstSlot) = first.Socket.Detach();
        var (secondFd, secondSlot) = second.Socket.Detach();
        var (thirdFd, thirdSlot) = third.Socket.Detach();
        Loop.Release(thirdSlot);
        var (old, successor, newSlot, replaced) = (new Recorder(), new Recorder(), -1, false);

        // The first one's turn closes the second and gives its number, and its slot, to a connection on which nothing has come.
        var closer = new Recorder
        {
            Ready = loop =>
            {
                if (replaced)
                    return;
                replaced = true;
                loop.Release(secondSlot);
                DuplicateTo(thirdFd, secondFd).ShouldBe(secondFd);
                newSlot = loop.Register(secondFd, successor, second: false, EpollLoop.ReadingAndWriting);
            },
        };
        using (await Held.AsyncOn(Loop))
        {
            Loop.Replace(firstSlot, first.Socket, closer, second: false);
            Loop.Replace(secondSlot, second.Socket, old, second: false);
            await first.Peer.SendAsync("a");
            await second.Peer.SendAsync("b");
        }

        await Until.TrueAsync(() => successor.ReadyCount > 0);
        newSlot.ShouldBe(secondSlot, "the test is about a slot that is used again");
        old.ReadyCount.ShouldBe(0);
        successor.Events.ShouldBe(EpollEvents.Out, "what the new connection is, and nothing of what the old one was");
        await third.Peer.SendAsync("c");
        await Until.TrueAsync(() => (successor.Events & EpollEvents.In) != 0);

        Loop.Release(newSlot);
        Loop.Release(firstSlot);
        foreach (var fd in new[] { firstFd, secondFd, thirdFd })
            Libc.Close(fd);
    }

    [Fact]
    public async Task Dispatch_SlotIsReleasedWithinABatch_ItsEventReachesNobody()
    {
        await using var first = await LoopSocket.OpenAsync(_loops);
        await using var second = await LoopSocket.OpenAsync(_loops);
        var (firstFd, firstSlot) = first.Socket.Detach();
        var (secondFd, secondSlot) = second.Socket.Detach();
        var released = new Recorder();
        var releaser = new Recorder
        {
            Ready = loop =>
            {
                if (released.Turns == 0)
                    loop.Release(secondSlot);
                released.OnTurn(loop);
            },
        };
        using (await Held.AsyncOn(Loop))
        {
            Loop.Replace(firstSlot, first.Socket, releaser, second: false);
            Loop.Replace(secondSlot, second.Socket, released, second: false);
            await first.Peer.SendAsync("a");
            await second.Peer.SendAsync("b");
        }

        await TurnAsync();
        await TurnAsync();

        releaser.ReadyCount.ShouldBeGreaterThan(0);
        released.ReadyCount.ShouldBe(0);
        Loop.Release(firstSlot);
        foreach (var fd in new[] { firstFd, secondFd })
            Libc.Close(fd);
    }

    [Fact]
    public async Task Replace_SlotIsSomebodyElsesByNow_IsLeftAlone()
    {
        await using var gone = await LoopSocket.OpenAsync(_loops);
        var (goneFd, goneSlot) = gone.Socket.Detach();
        var late = new Recorder();
        Loop.Release(goneSlot);
        Loop.Replace(goneSlot, gone.Socket, late, second: false);
        await using var next = await LoopSocket.OpenAsync(_loops);
        var (nextFd, nextSlot) = next.Socket.Detach();
        nextSlot.ShouldBe(goneSlot, "the test is about a slot that is used again");

        Loop.Replace(goneSlot, gone.Socket, late, second: false);
        await next.Peer.SendAsync("a");
        await Until.TrueAsync(() => next.Socket.Readable.IsSignalled);

        late.ReadyCount.ShouldBe(0);
        Loop.Release(nextSlot);
        foreach (var fd in new[] { goneFd, nextFd })
            Libc.Close(fd);
    }

    [Fact]
    public async Task Run_HandlerThrows_IsAbandonedAndOthersGoOn()
    {
        await using var bad = await LoopSocket.OpenAsync(_loops);
        await using var good = await LoopSocket.OpenAsync(_loops);
        var (badFd, badSlot) = bad.Socket.Detach();
        var thrower = new Recorder { Ready = _ => throw new InvalidOperationException("a bug") };
        Loop.Replace(badSlot, bad.Socket, thrower, second: false);

        await bad.Peer.SendAsync("a");
        await Until.TrueAsync(() => thrower.Abandoned > 0);
        await good.Peer.SendAsync("b");

        (await good.Socket.ReceiveSomeAsync(new byte[10], CancellationToken.None)).ShouldBe(1);
        Loop.Release(badSlot);
        Libc.Close(badFd);
    }

    [Fact]
    public async Task Run_PostedHandlerThrows_IsAbandonedAndOthersGoOn()
    {
        var thrower = new Recorder { Turn = _ => throw new InvalidOperationException("a bug") };

        Loop.Post(thrower);
        await Until.TrueAsync(() => thrower.Abandoned == 1);

        await TurnAsync();
    }

    [Fact]
    public async Task Post_FromManyThreads_EveryOneHasItsTurn()
    {
        var handlers = Enumerable.Range(0, 20_000).Select(_ => new Recorder()).ToArray();

        await Parallel.ForAsync(0, handlers.Length, (at, _) =>
        {
            Loop.Post(handlers[at]);
            return ValueTask.CompletedTask;
        });

        await Until.TrueAsync(() => handlers.All(one => one.Turns == 1));
    }

    [Fact]
    public async Task Post_OneHandlerFromManyThreads_HasATurnBehindEveryPost()
    {
        var (asked, seen) = (0, 0);
        var handler = new Recorder { Turn = _ => Volatile.Write(ref seen, Volatile.Read(ref asked)) };

        for (var round = 1; round <= 200; round++)
        {
            await Parallel.ForAsync(0, 50, (_, _) =>
            {
                Interlocked.Increment(ref asked);
                Loop.Post(handler);
                return ValueTask.CompletedTask;
            });
            await Until.TrueAsync(() => Volatile.Read(ref seen) == Volatile.Read(ref asked));
        }

        handler.Turns.ShouldBeLessThanOrEqualTo(asked);
    }

    [Fact]
    public async Task Again_HandlerNeverStops_OthersHaveTheirTurns()
    {
        var stop = false;
        Recorder greedy = null!; // Set before it is posted.
        greedy = new Recorder
        {
            Turn = loop =>
            {
                if (!Volatile.Read(ref stop))
                    loop.Again(greedy);
            },
        };
        Loop.Post(greedy);
        await Until.TrueAsync(() => greedy.Turns > 10);

        await TurnAsync();

        Volatile.Write(ref stop, true);
    }

    [Fact]
    public async Task CallAfter_CalledAgain_MovesTheTime()
    {
        var time = TestTime.New();
        using var loops = LoopSocket.Loops(time);
        var handler = new Recorder();
        var caller = new Recorder
        {
            Turn = loop =>
            {
                loop.CallAfter(handler, TimeSpan.FromSeconds(5));
                loop.CallAfter(handler, TimeSpan.FromSeconds(50));
            },
        };
        loops.First.Post(caller);
        await Until.TrueAsync(() => caller.Turns == 1);

        time.Advance(TimeSpan.FromSeconds(6));
        await TurnAsync(loops.First);
        await TurnAsync(loops.First);
        handler.Dues.ShouldBe(0);
        time.Advance(TimeSpan.FromSeconds(45));

        await Until.TrueAsync(() => handler.Dues == 1);
    }

    [Fact]
    public void Register_DescriptorThatIsNone_IsRefusedAndTheSlotIsFree()
    {
        var before = Loop.Sockets;

        Loop.Register(-1, new Recorder(), second: false, EpollLoop.Reading).ShouldBeLessThan(0);

        Loop.Sockets.ShouldBe(before);
    }

    [Fact]
    public async Task Register_ManyAtOnce_EveryOneIsHeard()
    {
        // More than there are slots at first, and than one batch tells of.
        var sockets = new List<LoopSocket>();
        for (var one = 0; one < 300; one++)
            sockets.Add(await LoopSocket.OpenAsync(_loops));

        foreach (var one in sockets)
            await one.Peer.SendAsync("x");

        foreach (var one in sockets)
            (await one.Socket.ReceiveSomeAsync(new byte[1], CancellationToken.None)).ShouldBe(1);
        foreach (var one in sockets)
            await one.DisposeAsync();
        _loops.Sockets.ShouldBe(0);
    }

    [Fact]
    public void Post_LoopIsDisposed_HandlerIsAbandoned()
    {
        var handler = new Recorder();
        _loops.Dispose();

        Loop.Post(handler);

        handler.Abandoned.ShouldBe(1);
    }

    public void Dispose() => _loops.Dispose();

    private Task TurnAsync() => TurnAsync(Loop);

    // When this returns, the loop has been round once more.
    private static async Task TurnAsync(EpollLoop loop)
    {
        var handler = new Recorder();
        loop.Post(handler);
        await Until.TrueAsync(() => handler.Turns == 1);
    }

    // Closes a number and gives it to another descriptor in one step, so that no other thread can have it in between.
    private static int DuplicateTo(int from, int to) => dup2(from, to);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup2(int from, int to);
}

using Appliance.Proxy.Connections;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>What fails under a loop itself, and under a handler in it.</summary>
[Collection(Alone.Name)]
public sealed class LoopFaultTests
{
    [Fact]
    public async Task Wait_FailsForGood_ConnectionsAreEndedOthersGoOnAndTheProcessIsToEnd()
    {
        var (lines, ends) = (new Lines(), 0);
        using var loops = new EpollLoops(
            TimeProvider.System,
            lines,
            lastResort: new LastResort(lines, () => Interlocked.Increment(ref ends))
        );
        var broken = loops.Quietest;
        await using var on = await LoopSocket.OpenAsync(loops, broken);
        await using var relay = await RelayOnALoop.MakeAsync(on: loops);
        relay.Start();

        using (FailWaitsOf(broken))
        {
            await on.Peer.SendAsync("x");
            await on.Peer.DrainAsync();
            await Until.TrueAsync(() => Volatile.Read(ref ends) == 1);
        }

        broken.IsServing.ShouldBeFalse();
        if (Environment.ProcessorCount > 1)
            loops.Quietest.IsServing.ShouldBeTrue();
        lines.Said.Single(line => line.Id == 1506).Text.ShouldContain("epoll_wait");

        // What was on it is over, and what comes later is turned away instead of waiting for events that nobody sees.
        await relay.Client.DrainAsync();
        await Until.TrueAsync(() => relay.Registry.Count == 0);
        relay.Live.End.ShouldBe(TunnelEnd.Failed);
        broken.Register(0, new Recorder(), second: false, EpollLoop.Reading).ShouldBeLessThan(0);
        var late = new Recorder();
        broken.Post(late);
        late.Abandoned.ShouldBe(1);
    }

    [Fact]
    public async Task Wait_FailsForAMoment_NobodyNotices()
    {
        var (lines, ends) = (new Lines(), 0);
        using var loops = new EpollLoops(
            TimeProvider.System,
            lines,
            lastResort: new LastResort(lines, () => Interlocked.Increment(ref ends))
        );
        await using var on = await LoopSocket.OpenAsync(loops);
        using (new FaultAtCall(point => point == FaultPoint.EpollWait, from: 1, times: 3, error: 12))
        {
            await on.Peer.SendAsync("x");
            (await on.Socket.ReceiveSomeAsync(new byte[1], CancellationToken.None)).ShouldBe(1);
        }

        loops.First.IsServing.ShouldBeTrue();
        ends.ShouldBe(0);
    }

    [Fact]
    public async Task Abandon_LogThrows_HandlerHasLetGoAndOthersGoOn()
    {
        using var loops = new EpollLoops(TimeProvider.System, new BrokenLog());
        var thrower = new Recorder { Turn = _ => throw new InvalidOperationException("a bug") };

        loops.First.Post(thrower);

        await Until.TrueAsync(() => thrower.Abandoned == 1);
        var next = new Recorder();
        loops.First.Post(next);
        await Until.TrueAsync(() => next.Turns == 1);
    }

    [Fact]
    public async Task Relay_NoMemoryForWhatAnEndDoesNotTake_IsOverAndNobodysDrain()
    {
        await using var relay = await RelayOnALoop.StartAsync();
        using (new FaultAtCall(point => point == FaultPoint.Allocation, from: 1, times: int.MaxValue))
        {
            using var flood = new Flood(relay.Server, new ByteRun(30));
            await relay.GoneAsync();
        }

        relay.Live.End.ShouldBe(TunnelEnd.Failed);
        relay.Live.End.By().ShouldBe(EndedBy.Error);
    }

    [Fact]
    public async Task Relay_NoMemoryAtItsStart_BothSocketsAreClosed()
    {
        await using var relay = await RelayOnALoop.MakeAsync();
        var much = new byte[16_000_000];
        var descriptors = Alone.Descriptors();

        // The first is the tunnel's life, the second the relay, the third is for what the client does not take.
        using (var fault = new FaultAtCall(point => point == FaultPoint.Allocation, from: 3))
        {
            relay.Start(behindServerHead: much);
            fault.Failed.ShouldBe(1);
        }

        await relay.GoneAsync();
        relay.Live.End.ShouldBe(TunnelEnd.Failed);
        await Until.TrueAsync(() => Alone.Descriptors() <= descriptors - 2);
    }

    private static Unset FailWaitsOf(EpollLoop loop)
    {
        Faults.Plan = point => point == FaultPoint.EpollWait && loop.IsCurrent ? -9 : 0;
        return new Unset();
    }

    private sealed class Unset : IDisposable
    {
        public void Dispose() => Faults.Plan = null;
    }

    private sealed class BrokenLog : ILogger<EpollLoops>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => throw new IOException("The disk is full.");
    }
}

using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>Code on the thread of an event loop: it knows where it is, leaves when it is asked to, and has its share of a turn.</summary>
public sealed class LoopThreadTests : IDisposable
{
    private readonly EpollLoops _loops = LoopSocket.Loops();

    [Fact]
    public async Task Leave_OnALoop_GoesOnElsewhere()
    {
        var begun = new TaskCompletionSource<Task<(bool, bool, bool)>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loops.First.Post(new Recorder { Turn = _ => begun.SetResult(ObserveAsync()) });

        (await (await begun.Task).WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe((true, false, false));
        LoopThread.IsCurrent.ShouldBeFalse("a test is on no loop");

        static async Task<(bool Before, bool After, bool MovedAgain)> ObserveAsync()
        {
            var before = LoopThread.IsCurrent;
            await LoopThread.LeaveAsync();
            var (after, thread) = (LoopThread.IsCurrent, Environment.CurrentManagedThreadId);
            await LoopThread.LeaveAsync();
            return (before, after, thread != Environment.CurrentManagedThreadId);
        }
    }

    [Fact]
    public async Task Turn_ManyRequestsInARow_EndsWithTheNextConnection()
    {
        var shares = new TaskCompletionSource<(int First, int Second)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loops.First.Post(
            new Recorder
            {
                Turn = _ =>
                {
                    LoopThread.NextTurn();
                    var first = Share();
                    LoopThread.NextTurn();
                    shares.SetResult((first, Share()));
                },
            }
        );

        var (one, other) = await shares.Task.WaitAsync(TimeSpan.FromSeconds(30));
        one.ShouldBeInRange(8, 256);
        other.ShouldBe(one, "the next one has a whole share");
        for (var request = 0; request < 1000; request++)
            LoopThread.HasHadItsTurn().ShouldBeFalse("on the thread pool nobody waits for it");

        static int Share()
        {
            var count = 0;
            while (!LoopThread.HasHadItsTurn())
                count++;
            return count;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wait_InPlaceOrNot_GoesOnWhereItWasTold(bool inPlace)
    {
        await using var open = await LoopSocket.OpenAsync(_loops);
        open.Socket.RunInPlace(inPlace);
        var room = new byte[16];
        var where = WaitAsync();
        await open.Peer.SendAsync("x");

        (await where.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(inPlace);

        async Task<bool> WaitAsync()
        {
            // Empty, so that it has to be waited for.
            while (open.Socket.Receive(room) > 0) { }
            await open.Socket.Readable.WaitAsync().ConfigureAwait(false); // not where the test's own context wants it
            return LoopThread.IsCurrent;
        }
    }

    public void Dispose() => _loops.Dispose();
}

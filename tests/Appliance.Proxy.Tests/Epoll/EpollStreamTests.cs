using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>A socket of a loop as a stream, as TLS to a server reads and writes it.</summary>
public sealed class EpollStreamTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly EpollLoops _loops = LoopSocket.Loops();

    public void Dispose() => _loops.Dispose();

    [Fact]
    public async Task Read_OfNothing_EndsWhenThereIsSomethingAndTakesNoneOfIt()
    {
        await using var pair = await LoopSocket.OpenAsync(_loops);
        await using var stream = new EpollStream(pair.Socket);

        // The first one may look for nothing: nobody has looked yet.
        (await stream.ReadAsync(Memory<byte>.Empty)).ShouldBe(0);
        var found = stream.ReadAsync(new byte[10]).AsTask();
        await pair.Peer.SendAsync("abc");
        (await found.WaitAsync(_patience)).ShouldBe(3);

        var waiting = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await pair.Peer.SendAsync("de");
        (await waiting.WaitAsync(_patience)).ShouldBe(0);
        var room = new byte[10];
        (await stream.ReadAsync(room)).ShouldBe(2);
        room[..2].ShouldBe("de"u8.ToArray());
    }

    [Fact]
    public async Task StopReading_ReaderWaits_ItFailsAndWritesGoOn()
    {
        await using var pair = await LoopSocket.OpenAsync(_loops);
        await using var stream = new EpollStream(pair.Socket);
        var waiting = stream.ReadAsync(new byte[10]).AsTask();

        stream.StopReading();

        await Should.ThrowAsync<IOException>(waiting.WaitAsync(_patience));
        await Should.ThrowAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[10]));
        await stream.WriteAsync("goodbye"u8.ToArray());
        (await pair.Peer.ReadAsync(7)).ShouldBe("goodbye"u8.ToArray());
        stream.Taken.ShouldBe(7);
    }

    [Fact]
    public async Task Write_ToAConnectionThatIsOver_HasTakenNothing()
    {
        await using var pair = await LoopSocket.OpenAsync(_loops);
        await using var stream = new EpollStream(pair.Socket);
        pair.Socket.Reset();

        await Should.ThrowAsync<IOException>(async () => await stream.WriteAsync("lost"u8.ToArray()));

        stream.Taken.ShouldBe(0);
    }

    // Whatever the reader makes of the bytes: a loop has other connections.
    [Fact]
    public async Task Read_MoreThanAShareOnALoop_GoesOnElsewhere()
    {
        const int most = 512 * 1024;
        await using var pair = await LoopSocket.OpenAsync(_loops);
        await using var stream = new EpollStream(pair.Socket);
        pair.Socket.RunInPlace(true);
        var sending = pair.Peer.SendAsync(new byte[8_000_000]);
        var begun = new TaskCompletionSource<Task<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loops.First.Post(new Recorder { Turn = _ => begun.SetResult(ReadAllAsync()) });

        var longest = await (await begun.Task.WaitAsync(_patience)).WaitAsync(_patience);

        longest.ShouldBeLessThan(most);
        await sending;

        // The most that was read on the loop without a pause.
        async Task<int> ReadAllAsync()
        {
            var room = new byte[32 * 1024];
            var (all, row, longest) = (0, 0, 0);
            while (all < 8_000_000)
            {
                var reading = stream.ReadAsync(room);
                if (!reading.IsCompleted)
                    row = 0;
                var read = await reading;
                all += read;
                row = LoopThread.IsCurrent ? row + read : 0;
                longest = Math.Max(longest, row);
            }

            return longest;
        }
    }
}

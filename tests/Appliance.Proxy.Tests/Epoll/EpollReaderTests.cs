using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>The contract of a PipeReader, as far as Kestrel uses it.</summary>
public sealed class EpollReaderTests : IAsyncLifetime
{
    private readonly EpollLoops _loops = LoopSocket.Loops();
    private LoopSocket _pair = null!; // InitializeAsync.
    private EpollReader _reader = null!; // InitializeAsync.
    private int _ended;

    public async Task InitializeAsync()
    {
        _pair = await LoopSocket.OpenAsync(_loops);
        _reader = new EpollReader(_pair.Socket, () => _ended++, _loops.Unread);
    }

    public async Task DisposeAsync()
    {
        _reader.Complete();
        await _pair.DisposeAsync();
        _loops.Dispose();
    }

    [Fact]
    public async Task Read_BytesCome_AreReturnedOnce()
    {
        await _pair.Peer.SendAsync("one");
        (await TextAsync()).ShouldBe("one");
        await _pair.Peer.SendAsync("two");

        (await TextAsync()).ShouldBe("two");
    }

    [Fact]
    public async Task Read_ExaminedAndNotConsumed_WaitsForMoreAndReturnsBoth()
    {
        await _pair.Peer.SendAsync("one");
        var first = await ReadAsync();
        _reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        var waiting = _reader.ReadAsync();
        waiting.IsCompleted.ShouldBeFalse();

        await _pair.Peer.SendAsync("two");

        var second = await waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Text(second).ShouldBe("onetwo");
        _reader.AdvanceTo(second.Buffer.End);
    }

    [Fact]
    public async Task Read_NotAllExamined_ReturnsTheRestAtOnce()
    {
        await _pair.Peer.SendAsync("onetwo");
        var first = await ReadAsync();
        _reader.AdvanceTo(first.Buffer.GetPosition(3), first.Buffer.GetPosition(4));

        _reader.TryRead(out var second).ShouldBeTrue();

        Text(second).ShouldBe("two");
    }

    [Fact]
    public async Task TryRead_AllExamined_IsFalse()
    {
        await _pair.Peer.SendAsync("one");
        var first = await ReadAsync();
        _reader.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);

        _reader.TryRead(out _).ShouldBeFalse();

        await _pair.Peer.SendAsync("x");
        Text(await ReadAsync()).ShouldBe("nex");
    }

    [Fact]
    public async Task Read_NothingIsConsumed_GrowsAsFarAsNeeded()
    {
        var run = new ByteRun(40);
        var sending = run.SendAsync(_pair.Peer, 300_000);
        while (true)
        {
            var result = await ReadAsync();
            if (result.Buffer.Length == 300_000)
            {
                result.Buffer.ToArray().AsSpan(0, 200_000).SequenceEqual(run.At(0, 200_000).Span).ShouldBeTrue();
                result.Buffer.Slice(200_000).ToArray().AsSpan().SequenceEqual(run.At(200_000, 100_000).Span).ShouldBeTrue();
                break;
            }

            _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        await sending;
    }

    [Fact]
    public async Task Read_OddPiecesAreConsumed_NothingIsLostOrMoved()
    {
        var run = new ByteRun(41);
        var sending = run.SendAsync(_pair.Peer, 1_500_000);
        for (var at = 0L; at < 1_500_000; )
        {
            var result = await ReadAsync();
            var bytes = result.Buffer.ToArray();
            for (var from = 0; from < bytes.Length; from += 100_000)
            {
                var piece = bytes.AsSpan(from, Math.Min(100_000, bytes.Length - from));
                piece.SequenceEqual(run.At(at + from, piece.Length).Span).ShouldBeTrue($"at {at}");
            }

            var consumed = Math.Min(bytes.Length, (bytes.Length * 2 / 3) + 1);
            at += consumed;
            _reader.AdvanceTo(result.Buffer.GetPosition(consumed), result.Buffer.GetPosition(consumed));
        }

        await sending;
    }

    [Fact]
    public async Task CancelPendingRead_SomebodyReads_IsWokenWithNothing()
    {
        var waiting = _reader.ReadAsync().AsTask();

        _reader.CancelPendingRead();

        var cancelled = await waiting.WaitAsync(TimeSpan.FromSeconds(20));
        (cancelled.IsCanceled, cancelled.IsCompleted, cancelled.Buffer.IsEmpty).ShouldBe((true, false, true));
        _reader.AdvanceTo(cancelled.Buffer.Start);
        await _pair.Peer.SendAsync("on");
        (await TextAsync()).ShouldBe("on");
    }

    [Fact]
    public async Task CancelPendingRead_NobodyReads_NextReadIsCancelled()
    {
        _reader.CancelPendingRead();

        (await ReadAsync()).IsCanceled.ShouldBeTrue();
        var waiting = _reader.ReadAsync();
        waiting.IsCompleted.ShouldBeFalse();
        await _pair.Peer.SendAsync("x");
        (await waiting).IsCanceled.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_JustWhenBytesCome_NextReadFindsThem(bool byToken)
    {
        for (var round = 0; round < 400; round++)
        {
            using var stop = new CancellationTokenSource();
            var waiting = _reader.ReadAsync(stop.Token).AsTask();
            await Task.WhenAll(
                Task.Run(() => _pair.Peer.SendAsync("x")),
                Task.Run(() =>
                {
                    if (byToken)
                        stop.Cancel();
                    else
                        _reader.CancelPendingRead();
                })
            );

            // What was there is found by this read or by a later one; none waits for a word that was taken already.
            for (var found = false; !found; )
            {
                try
                {
                    var result = await waiting.WaitAsync(TimeSpan.FromSeconds(20));
                    found = result.Buffer.Length > 0;
                    _reader.AdvanceTo(result.Buffer.End);
                }
                catch (OperationCanceledException)
                {
                    // The read that was cancelled.
                }

                if (!found)
                    waiting = _reader.ReadAsync().AsTask();
            }
        }
    }

    [Fact]
    public async Task Read_TokenIsCancelled_ThrowsAndLosesNothing()
    {
        using var stop = new CancellationTokenSource();
        var waiting = _reader.ReadAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await _pair.Peer.SendAsync("x");
        (await TextAsync()).ShouldBe("x");
    }

    [Fact]
    public async Task Read_PeerEnds_CompletesWithTheRest()
    {
        await _pair.Peer.SendAsync("last");
        _pair.Peer.ShutSend();

        var got = "";
        while (true)
        {
            var result = await ReadAsync();
            got += Text(result);
            _reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }

        got.ShouldBe("last");
        (await ReadAsync()).IsCompleted.ShouldBeTrue();
        _ended.ShouldBe(1);
    }

    [Fact]
    public async Task Read_PeerResets_CompletesAndTellsOnce()
    {
        _pair.Peer.Reset();

        (await ReadAsync()).IsCompleted.ShouldBeTrue();
        (await ReadAsync()).IsCompleted.ShouldBeTrue();
        _ended.ShouldBe(1);
    }

    [Fact]
    public async Task Read_SocketIsResetByUs_Completes()
    {
        var waiting = _reader.ReadAsync().AsTask();

        _pair.Socket.Reset();

        (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task TakeUnread_PartIsConsumed_IsTheRest()
    {
        await _pair.Peer.SendAsync("head and body");
        var result = await ReadAsync();
        _reader.AdvanceTo(result.Buffer.GetPosition(5));

        Encoding.ASCII.GetString(_reader.TakeUnread()).ShouldBe("and body");
        (await ReadAsync()).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Read_BudgetIsTaken_HeadThatNeedsMoreEndsAndGivesEverythingBack()
    {
        using var loops = LoopSocket.Loops(mostUnread: 16 * 1024);
        await using var pair = await LoopSocket.OpenAsync(loops);
        var ended = 0;
        var reader = new EpollReader(pair.Socket, () => ended++, loops.Unread);
        await pair.Peer.SendAsync(new string('x', 40_000));
        while (true)
        {
            var result = await reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            loops.Unread.Used.ShouldBeLessThanOrEqualTo(16 * 1024);
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
                break;
        }

        (ended, loops.Unread.Refused).ShouldBe((1, 1));
        reader.Complete();
        loops.Unread.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Read_BudgetIsTaken_BodyThatIsConsumedGoesOnInSmallPieces()
    {
        using var loops = LoopSocket.Loops(mostUnread: 0);
        await using var pair = await LoopSocket.OpenAsync(loops);
        var reader = new EpollReader(pair.Socket, () => { }, loops.Unread);
        var run = new ByteRun(42);
        var sending = run.SendAsync(pair.Peer, 300_000);
        for (var at = 0L; at < 300_000; )
        {
            var result = await reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            result.Buffer.Length.ShouldBeInRange(1, EpollReader.FirstBytes);
            result.Buffer.ToArray().AsSpan().SequenceEqual(run.At(at, (int)result.Buffer.Length).Span).ShouldBeTrue($"at {at}");
            at += result.Buffer.Length;
            reader.AdvanceTo(result.Buffer.End);
        }

        await sending;
        (loops.Unread.Refused, loops.Unread.Used).ShouldBe((0, 0));
        reader.Complete();
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(28_000)]
    [InlineData(33_000)]
    public async Task Read_HeadIsNotConsumed_CostsAtMostTwiceItsLength(int length)
    {
        await _pair.Peer.SendAsync(new string('x', length));
        for (var seen = 0L; seen < length; )
        {
            var result = await ReadAsync();
            seen = result.Buffer.Length;
            _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        _loops.Unread.Used.ShouldBeLessThanOrEqualTo(length * 2);
    }

    private Task<ReadResult> ReadAsync() => _reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    private async Task<string> TextAsync()
    {
        var result = await ReadAsync();
        var text = Text(result);
        _reader.AdvanceTo(result.Buffer.End);
        return text;
    }

    private static string Text(ReadResult result) => Encoding.ASCII.GetString(result.Buffer);
}

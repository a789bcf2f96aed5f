using System.Buffers;
using System.IO.Pipelines;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>The contract of a PipeWriter, as far as Kestrel uses it.</summary>
public sealed class EpollWriterTests : IAsyncLifetime
{
    private const int Much = 8_000_000;

    private readonly EpollLoops _loops = LoopSocket.Loops();
    private readonly ByteRun _run = new(50);
    private LoopSocket _pair = null!; // InitializeAsync.
    private EpollWriter _writer = null!; // InitializeAsync.

    public async Task InitializeAsync()
    {
        _pair = await LoopSocket.OpenAsync(_loops, peerReceiveBytes: 128 * 1024);
        _writer = new EpollWriter(_pair.Socket);
    }

    public async Task DisposeAsync()
    {
        _writer.Complete(new IOException("The test is over."));
        await _pair.DisposeAsync();
        _loops.Dispose();
    }

    [Fact]
    public async Task Flush_ManyPieces_ArriveInOrderAndOnce()
    {
        for (var at = 0; at < 200_000; at += 1000)
            Write(at, 1000);
        _writer.UnflushedBytes.ShouldBe(200_000);

        (await FlushAsync()).IsCompleted.ShouldBeFalse();

        _writer.UnflushedBytes.ShouldBe(0);
        await _run.ReceiveAsync(_pair.Peer, 200_000);
    }

    [Fact]
    public async Task Flush_PeerReadsLate_WaitsAndLosesNothing()
    {
        Fill();
        var flushing = FlushAsync();
        flushing.IsCompleted.ShouldBeFalse();

        await _run.ReceiveAsync(_pair.Peer, Much);

        (await flushing).IsCompleted.ShouldBeFalse();
        _writer.UnflushedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task CancelPendingFlush_PeerDoesNotRead_IsCancelledAndNothingIsSentTwice()
    {
        Fill();
        var flushing = FlushAsync();

        _writer.CancelPendingFlush();
        (await flushing).IsCanceled.ShouldBeTrue();
        var again = FlushAsync();
        await _run.ReceiveAsync(_pair.Peer, Much);

        (await again).IsCanceled.ShouldBeFalse();
        await _pair.Socket.SendAllAsync(_run.At(Much, 1000), CancellationToken.None);
        await _run.ReceiveAsync(_pair.Peer, 1000, from: Much);
    }

    [Fact]
    public async Task CancelPendingFlush_NobodyFlushes_NextFlushIsCancelledAndItsBytesGoOut()
    {
        _writer.CancelPendingFlush();
        Write(0, 100);

        (await FlushAsync()).IsCanceled.ShouldBeTrue();
        (await FlushAsync()).IsCanceled.ShouldBeFalse();

        await _run.ReceiveAsync(_pair.Peer, 100);
    }

    [Fact]
    public async Task Flush_TokenIsCancelled_ThrowsAndNothingIsSentTwice()
    {
        using var stop = new CancellationTokenSource();
        Fill();
        var flushing = _writer.FlushAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(flushing);
        var again = FlushAsync();
        await _run.ReceiveAsync(_pair.Peer, Much);
        await again;
    }

    [Fact]
    public async Task Flush_PeerResetsMeanwhile_IsCompleted()
    {
        Fill();
        var flushing = FlushAsync();

        _pair.Peer.Reset();

        (await flushing).IsCompleted.ShouldBeTrue();
        Write(0, 100);
        (await FlushAsync()).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Flush_WeResetMeanwhile_IsCompleted()
    {
        Fill();
        var flushing = FlushAsync();

        _pair.Socket.Reset();

        (await flushing).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task GetMemory_MoreThanAPiece_IsThatMuch()
    {
        _writer.GetMemory(200_000).Length.ShouldBeGreaterThanOrEqualTo(200_000);
        Write(0, 200_000);

        await FlushAsync();

        await _run.ReceiveAsync(_pair.Peer, 200_000);
    }

    [Fact]
    public async Task Complete_BytesAreUnflushed_AreSent()
    {
        Write(0, 100);

        _writer.Complete();

        await _run.ReceiveAsync(_pair.Peer, 100);
        (await FlushAsync()).IsCompleted.ShouldBeTrue();
    }

    // More than the kernel takes for an end that does not read.
    private void Fill()
    {
        for (var at = 0; at < Much; at += 50_000)
            Write(at, 50_000);
    }

    private void Write(int from, int count) => _writer.Write(_run.At(from, count).Span);

    private Task<FlushResult> FlushAsync() => _writer.FlushAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
}

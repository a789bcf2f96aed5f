using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Appliance.Proxy.Tunnels;

/// <summary>
/// One direction of a tunnel over streams. Hot path: one read, one walk over the frame headers, one write; a buffer is held only while bytes move.
/// It reads on only when the write is done, so a slow destination slows its source down and nothing piles up here.
/// </summary>
internal sealed class StreamPump(Stream source, Stream destination, bool flush, TunnelFlow flow, LiveConnection connection, TunnelEnd side)
    : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    // Whoever holds the turn may write to the destination: the pump, or the one who puts a close frame between two frames.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile int _closeCode;
    private bool _closed;

    /// <summary>Pumps until one of the two ends gives up; never throws.</summary>
    [SuppressMessage("Reliability", "CA2022", Justification = "A read of nothing waits for something: an idle tunnel holds no buffer.")]
    public async Task<PumpEnd> RunAsync(ReadOnlyMemory<byte> carriedOver, CancellationToken stop)
    {
        // One method with one loop: a method for each turn would allocate its state for each message.
        byte[]? buffer = null;
        try
        {
            if (!carriedOver.IsEmpty && await PassAsync(carriedOver, stop) is { } early) return early;
            while (true)
            {
                await source.ReadAsync(Memory<byte>.Empty, stop);
                buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                int read;
                do
                {
                    read = await source.ReadAsync(buffer, stop);
                    if (read == 0) return PumpEnd.SourceEnded;
                    if (await PassAsync(buffer.AsMemory(0, read), stop) is { } end) return end;
                }
                while (read == buffer.Length);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = null;
            }
        }
        catch (Exception)
        {
            // Streams fail in many ways (reset, aborted, disposed under us), and each means that nothing more comes.
            return PumpEnd.SourceFailed;
        }
        finally
        {
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>From now on nothing of the source passes beyond the frame it is in; what ends the direction is a close frame with this code.</summary>
    public void EndWith(int code) => _closeCode = code;

    /// <summary>
    /// Puts the close frame of <see cref="EndWith"/> into this direction at the next frame boundary (at once when it stands at one), and nothing behind it.
    /// What the source still sends is read and counted, until its own close frame. Never throws.
    /// </summary>
    public async Task CloseAsync(CancellationToken stop)
    {
        try
        {
            await _turn.WaitAsync(stop);
            try
            {
                if (!_closed && flow.Meter.AtBoundary) await WriteCloseAsync(flow.Meter.SawClose, stop);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception)
        {
            // The connection is gone, which its pump sees too; there is nobody left to say goodbye to.
        }
    }

    /// <summary>True when nothing more is expected here: the source's close frame has passed, and ours or theirs was the last to go.</summary>
    public bool IsAnswered => _closed && flow.Meter.SawClose;

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<PumpEnd?> PassAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        try
        {
            await _turn.WaitAsync(stop);
            try
            {
                var betweenFrames = flow.Meter.AtBoundary;
                var closePassed = flow.Meter.SawClose;
                var whole = flow.Meter.Add(piece.Span);
                connection.Touch();
                if (flow.Meter.SawClose) connection.NoteClose(side);
                if (_closeCode == 0) await WriteAsync(piece, stop);
                else if (!_closed && betweenFrames) await WriteCloseAsync(closePassed, stop);
                else if (!_closed) await PassLastAsync(whole, piece, stop);
                return _closed && flow.Meter.SawClose ? PumpEnd.SourceEnded : null;
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception)
        {
            // As for reading: whatever it was, nothing more goes there.
            return PumpEnd.DestinationFailed;
        }
    }

    // In the middle of a frame when the end was asked for: what completes it goes on, then the close frame.
    private async ValueTask PassLastAsync(int whole, ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        await WriteAsync(whole > 0 ? piece[..whole] : piece, stop);
        if (whole > 0) await WriteCloseAsync(flow.Meter.SawClose, stop);
    }

    // Only one close frame may be in a direction. What counts is what has passed, not what was seen: the source's own, read behind the end, is kept back.
    private async ValueTask WriteCloseAsync(bool closePassed, CancellationToken stop)
    {
        _closed = true;
        if (closePassed) return;
        var frame = new byte[CloseFrame.MostBytes];
        await WriteAsync(frame.AsMemory(0, CloseFrame.Write(frame, _closeCode, masked: side == TunnelEnd.ClientClosed)), stop);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken stop) =>
        flush ? WriteAndFlushAsync(piece, stop) : destination.WriteAsync(piece, stop);

    private async ValueTask WriteAndFlushAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        await destination.WriteAsync(piece, stop);
        await destination.FlushAsync(stop);
    }
}

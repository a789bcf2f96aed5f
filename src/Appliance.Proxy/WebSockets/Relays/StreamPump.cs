using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>
/// One direction of a tunnel over streams. Hot path: one read, one walk over the frame headers, one write; a buffer is held only while
/// bytes move. It reads on only when the write is done, so a slow destination slows its source down and nothing piles up here.
/// </summary>
internal sealed class StreamPump(
    Stream source,
    Stream destination,
    bool flush,
    TunnelFlow flow,
    LiveConnection connection,
    TunnelEnd side,
    TimeProvider time,
    Action? closePassed = null
) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    // The holder of the turn may write to the destination: the pump, or the one who puts a close frame between two frames.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CloseOrder? _order;
    private bool _closed;
    private bool _saidClosePassed;
    private TimeSpan _pause;
    private volatile bool _resting;

    /// <summary>Pumps until one of the two ends gives up; never throws.</summary>
    [SuppressMessage("Reliability", "CA2022", Justification = "A read of nothing waits for something: an idle tunnel holds no buffer.")]
    public async Task<PumpEnd> RunAsync(ReadOnlyMemory<byte> carriedOver, CancellationToken stop)
    {
        // One method with one loop: a method for each turn would allocate its state for each message.
        byte[]? buffer = null;
        try
        {
            if (!carriedOver.IsEmpty && await PassAsync(carriedOver, stop) is { } early)
                return early;
            while (true)
            {
                await source.ReadAsync(Memory<byte>.Empty, stop);
                buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                int read;
                do
                {
                    read = await source.ReadAsync(buffer, stop);
                    if (read == 0)
                        return await EndAsync(stop);
                    if (await PassAsync(buffer.AsMemory(0, read), stop) is { } end)
                        return end;
                    if (_pause > TimeSpan.Zero)
                        await RestAsync(stop);
                } while (read == buffer.Length);
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
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Ends this direction by an order: the source's frame in progress still passes, then the close frame of the order is sent.
    /// </summary>
    public void EndWith(CloseOrder order)
    {
        _order = order;
        _asked.TrySetResult();
    }

    /// <summary>
    /// Puts a ping of ours into this direction when the end that receives it, and is heard by <paramref name="back"/>, has been silent for
    /// long enough; true when it did not answer the last one. In the middle of a frame, or while a writer waits, there is no place for a
    /// ping. Never throws.
    /// </summary>
    public Task<bool> PingAsync(StreamPump back, CancellationToken stop) =>
        InTurnAsync(
            async () =>
            {
                // Each direction gets its gate here, if nothing has passed since the route wanted one.
                Guard();
                if (back.Flow.Gate is not { } gate)
                    return false;
                if (back.IsHeldUp)
                {
                    gate.Excuse(time.GetTimestamp());
                    return false;
                }

                if (_closed || _order is not null || !flow.Meter.AtBoundary || flow.Meter.SawClose)
                    return false;
                if (gate.IsDead(connection.Policy, time.GetTimestamp(), out var token))
                    return true;
                if (token is null)
                    return false;
                var frame = new byte[PingFrame.MostBytes];
                await WriteAsync(frame.AsMemory(0, PingFrame.Write(frame, token.Value, masked: side == TunnelEnd.ClientClosed)), stop);
                back.Flow.OwnPings++;
                return false;
            },
            stop
        );

    /// <summary>
    /// Puts the close frame of <see cref="EndWith"/> into this direction at the next frame boundary, or immediately when the direction
    /// stands at one. It is the last frame of the direction. What the source still sends is read and counted, until its own close frame.
    /// Never throws.
    /// </summary>
    public async Task CloseAsync(CancellationToken stop)
    {
        try
        {
            await _turn.WaitAsync(stop);
            try
            {
                if (!_closed && flow.Meter.AtBoundary)
                    await WriteCloseAsync(flow.Meter.SawClose, stop);
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

    private async Task<bool> InTurnAsync(Func<Task<bool>> act, CancellationToken stop)
    {
        try
        {
            if (!await _turn.WaitAsync(TimeSpan.Zero, stop))
                return false;
            try
            {
                return await act();
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception)
        {
            // The connection is gone, which its pump sees too.
            return false;
        }
    }

    private TunnelFlow Flow => flow;

    // The source is not read: it sent too much, or the destination takes nothing.
    private bool IsHeldUp => _resting || _turn.CurrentCount == 0;

    /// <summary>
    /// True when nothing more is expected here: the source's close frame has passed, and ours or theirs was the last to go.
    /// </summary>
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
                if (connection.IsGuarded || flow.Gate is not null)
                    await JudgeAsync(piece, stop);
                else
                    await PassOnAsync(piece, stop);
                if (flow.Meter.SawClose && !_saidClosePassed)
                {
                    _saidClosePassed = true;
                    closePassed?.Invoke();
                }

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

    private async ValueTask JudgeAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        if (_order is not null)
        {
            // Nothing goes on any more but the rest of a frame, and that is not held back.
            if (flow.Gate is { HeldBytes: > 0 } holding)
                await PassOnAsync(holding.TakeHeld().ToArray(), stop);
            await PassOnAsync(piece, stop);
            return;
        }

        // A gate can only begin between two frames: what has begun goes on as it was.
        while (flow.Gate is null && !flow.Meter.AtBoundary && !piece.IsEmpty)
        {
            var part = Math.Min(flow.Meter.MostInFrame, piece.Length);
            await PassOnAsync(piece[..part], stop);
            piece = piece[part..];
        }

        if (piece.IsEmpty || Guard() is not { } gate)
            return;
        var result = gate.Filter(piece.Span, time.GetTimestamp());
        if (result.Copy is not null)
            piece = result.Copy.AsMemory(0, result.End);
        if (result.Pass > 0)
            await PassOnAsync(piece[..result.Pass], stop);
        _pause = result.Pause;
        if (result.Order is null)
            return;

        // The other direction ends by the relay, this one immediately: what is left must not go on.
        connection.RequestEnd(result.Order);
        _order ??= connection.Order;
        await PassOnAsync(piece[result.Pass..result.End], stop);
    }

    private async ValueTask PassOnAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        connection.Touch();
        if (_order is null)
        {
            Count(piece.Span);
            await WriteAsync(piece, stop);
            return;
        }

        // In the middle of a frame when the end was asked for: what completes it goes on, then the close frame. However much has come at
        // once: what follows the frame was not judged by anybody.
        while (!_closed && !flow.Meter.AtBoundary && !piece.IsEmpty)
        {
            var rest = piece[..Math.Min(flow.Meter.MostInFrame, piece.Length)];
            Count(rest.Span);
            await WriteAsync(rest, stop);
            piece = piece[rest.Length..];
        }

        if (!_closed && flow.Meter.AtBoundary)
            await WriteCloseAsync(flow.Meter.SawClose, stop);
        Count(piece.Span);
    }

    private void Count(ReadOnlySpan<byte> piece)
    {
        flow.Meter.Add(piece);
        if (flow.Meter.SawClose)
            connection.NoteClose(side);
    }

    private FrameGate? Guard()
    {
        if (flow.Gate is null && flow.Meter.AtBoundary)
            flow.Gate = new FrameGate(connection, time, side == TunnelEnd.ClientClosed);
        return flow.Gate;
    }

    // What was held back to be judged will never be whole; it is the destination's to see.
    private async ValueTask<PumpEnd> EndAsync(CancellationToken stop)
    {
        if (flow.Gate is not { HeldBytes: > 0 } gate)
            return PumpEnd.SourceEnded;
        await _turn.WaitAsync(stop);
        try
        {
            await PassOnAsync(gate.TakeHeld().ToArray(), stop);
        }
        finally
        {
            _turn.Release();
        }

        return PumpEnd.SourceEnded;
    }

    // An end that is asked for meanwhile waits for the source's answer: then it must be read. And a limit may be lifted meanwhile.
    private async ValueTask RestAsync(CancellationToken stop)
    {
        _resting = true;
        while (_pause > TimeSpan.Zero && !_asked.Task.IsCompleted)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(Task.Delay(FrameGate.Part(_pause), time, over.Token), _asked.Task);
            await over.CancelAsync();
            stop.ThrowIfCancellationRequested();
            _pause = flow.Gate?.Owed(time.GetTimestamp()) ?? TimeSpan.Zero;
        }

        _pause = TimeSpan.Zero;
        _resting = false;
    }

    // Only one close frame may be in a direction. What counts is what has passed, not what was seen: the source's own, read behind the end,
    // is kept back.
    private async ValueTask WriteCloseAsync(bool closePassed, CancellationToken stop)
    {
        _closed = true;
        if (closePassed)
            return;
        var frame = new byte[CloseFrame.MostBytes];
        // an order is what brought us here
        await WriteAsync(frame.AsMemory(0, CloseFrame.Write(frame, _order!, masked: side == TunnelEnd.ClientClosed)), stop);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken stop) =>
        flush ? WriteAndFlushAsync(piece, stop) : destination.WriteAsync(piece, stop);

    private async ValueTask WriteAndFlushAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        await destination.WriteAsync(piece, stop);
        await destination.FlushAsync(stop);
    }
}

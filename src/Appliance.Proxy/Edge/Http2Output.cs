using System.Buffers;
using System.IO.Pipelines;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The writer through which the HTTP server answers a client over HTTP/2, with a place for frames that the server cannot make: interim
/// answers (RFC 9113, 8.1). They go between two of its frames, and never into a block of headers (RFC 9113, 4.3). A connection feature.
/// </summary>
/// <remarks>
/// The HTTP server is one writer, an interim answer is another one, and a lock keeps them apart; one flush is under way at a time. While
/// that is one of an interim answer, the server writes into a buffer of its own. Its next flush sends that buffer.
/// </remarks>
internal sealed class Http2Output(PipeWriter inner, Http2Settings settings) : PipeWriter
{
    private readonly Lock _lock = new();
    private readonly Http2Frames _frames = new();
    private readonly ArrayBufferWriter<byte> _aside = new();
    private readonly LinkedList<Waiting> _waiting = [];
    private Memory<byte> _room;
    private Task? _ownFlush;
    private bool _isRoomAside;
    private bool _isWriting;
    private bool _isFlushing;
    private bool _hasToFlush;
    private bool _isOver;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes
    {
        get
        {
            lock (_lock)
                return inner.UnflushedBytes + _aside.WrittenCount;
        }
    }

    private bool IsAside => _ownFlush is not null || _aside.WrittenCount > 0;

    /// <summary>
    /// Writes an interim answer as soon as the frame that the server writes just now has ended. Completes when the connection has taken it,
    /// or when it was left out because its stream or the connection has ended.
    /// </summary>
    /// <param name="stream">The stream of the request.</param>
    /// <param name="block">Its fields (RFC 7541), written without the dynamic table.</param>
    /// <param name="gone">The stream has ended: nothing is waited for any more.</param>
    public async ValueTask SendAsync(int stream, ReadOnlyMemory<byte> block, CancellationToken gone)
    {
        gone.ThrowIfCancellationRequested();
        LinkedListNode<Waiting> waiting;
        lock (_lock)
        {
            if (_isOver)
                return;
            waiting = _waiting.AddLast(new Waiting(stream, block));
            Pump();
        }

        try
        {
            await waiting.Value.Taken.Task.WaitAsync(gone);
        }
        catch (OperationCanceledException)
        {
            // A client that does not read could leave as many here as it likes.
            lock (_lock)
            {
                if (waiting.List is not null)
                    _waiting.Remove(waiting);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (_lock)
        {
            (_isWriting, _isRoomAside) = (true, IsAside);
            return _room = _isRoomAside ? _aside.GetMemory(sizeHint) : inner.GetMemory(sizeHint);
        }
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        lock (_lock)
        {
            _frames.Read(_room.Span[..bytes]);
            if (_isRoomAside)
                _aside.Advance(bytes);
            else
                inner.Advance(bytes);
            (_isWriting, _room) = (false, default);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _isWriting = false;
            if (_ownFlush is null)
                return Flush(cancellationToken);
            _hasToFlush = true;
        }

        return FlushBehindAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _ = End();
        inner.Complete(exception);
    }

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        _ = End();
        return inner.CompleteAsync(exception);
    }

    /// <summary>
    /// The connection is over: what waits is left out. Completes when no interim answer is on its way any more.
    /// </summary>
    public Task End()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach (var one in _waiting)
                one.Taken.TrySetResult();
            _waiting.Clear();
            return _ownFlush ?? Task.CompletedTask;
        }
    }

    // The server's flush, behind one of an interim answer, which may not be followed by another one first.
    private async ValueTask<FlushResult> FlushBehindAsync(CancellationToken cancellationToken)
    {
        ValueTask<FlushResult> flush;
        while (true)
        {
            Task own;
            lock (_lock)
            {
                if (_ownFlush is null)
                {
                    _hasToFlush = false;
                    flush = Flush(cancellationToken);
                    break;
                }

                own = _ownFlush;
            }

            await own;
        }

        return await flush;
    }

    // Under the lock, while no flush is under way: what the server wrote aside, then what waits.
    private ValueTask<FlushResult> Flush(CancellationToken cancellationToken)
    {
        if (_aside.WrittenCount > 0)
        {
            inner.Write(_aside.WrittenSpan);
            _aside.ResetWrittenCount();
        }

        var written = WriteWaiting();
        var flush = inner.FlushAsync(cancellationToken);
        if (flush.IsCompleted && written is null)
            return flush;
        _isFlushing = true;
        return FlushedAsync(flush, written);
    }

    private async ValueTask<FlushResult> FlushedAsync(ValueTask<FlushResult> flush, List<Waiting>? written)
    {
        var isOver = true;
        try
        {
            var result = await flush;
            isOver = result.IsCompleted;
            return result;
        }
        finally
        {
            Flushed(written, isOver, isOwn: false);
        }
    }

    // Under the lock: writes what waits and sends it, when that may be done now.
    private void Pump()
    {
        if (_isOver || _isWriting || _isFlushing || _hasToFlush || IsAside || WriteWaiting() is not { } written)
            return;
        _ownFlush = OwnFlushAsync(inner.FlushAsync(), written);
    }

    private async Task OwnFlushAsync(ValueTask<FlushResult> flush, List<Waiting> written)
    {
        // Never in place: whoever began it stores it first.
        var isOver = true;
        try
        {
            var flushing = flush.AsTask();
            await ((Task)flushing).ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
            isOver = !flushing.IsCompletedSuccessfully || (await flushing).IsCompleted;
        }
        finally
        {
            Flushed(written, isOver, isOwn: true);
        }
    }

    private void Flushed(List<Waiting>? written, bool isOver, bool isOwn)
    {
        try
        {
            lock (_lock)
            {
                if (isOwn)
                    _ownFlush = null;
                else
                    _isFlushing = false;
                if (isOver)
                    _ = End();
                else
                    Pump();
            }
        }
        finally
        {
            foreach (var one in written ?? [])
                one.Taken.TrySetResult();
        }
    }

    // Null: nothing was written.
    private List<Waiting>? WriteWaiting()
    {
        List<Waiting>? written = null;
        while (_frames.AreBetween && _waiting.First is { Value: var one })
        {
            _waiting.RemoveFirst();
            if (_frames.WasReset(one.Stream) || _frames.PrefixFor(settings.TableSize) is not { } prefix)
            {
                one.Taken.TrySetResult();
                continue;
            }

            try
            {
                Http2Frames.WriteHeaders(inner, one.Stream, prefix, one.Block.Span);
            }
            catch
            {
                // There was no memory, and nothing of it was written.
                one.Taken.TrySetResult();
                foreach (var before in written ?? [])
                    before.Taken.TrySetResult();
                throw;
            }

            (written ??= []).Add(one);
        }

        return written;
    }

    private sealed class Waiting(int stream, ReadOnlyMemory<byte> block)
    {
        public int Stream => stream;

        public ReadOnlyMemory<byte> Block => block;

        public TaskCompletionSource Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

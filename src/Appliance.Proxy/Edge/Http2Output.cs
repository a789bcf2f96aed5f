using System.Buffers;
using System.IO.Pipelines;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The writer through which the HTTP server answers a client over HTTP/2, with a place for frames that the server cannot make: interim
/// answers (RFC 9113, 8.1). They go between two of its frames, and never into a block of headers (RFC 9113, 4.3). A connection feature.
/// </summary>
/// <remarks>
/// The HTTP server is one writer, an interim answer is another one, and a lock keeps them apart. While an interim answer waits for the
/// client to read, the server writes into a buffer of its own. Its next flush sends that buffer.
/// </remarks>
internal sealed class Http2Output(PipeWriter inner, Http2Settings settings) : PipeWriter
{
    private readonly Lock _lock = new();
    private readonly Http2Frames _frames = new();
    private readonly ArrayBufferWriter<byte> _aside = new();
    private readonly Queue<Waiting> _waiting = [];
    private Memory<byte> _room;
    private Task? _ownFlush;
    private bool _isRoomAside;
    private bool _isWriting;
    private bool _isFlushing;
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
    /// or when it was left out because its stream has ended.
    /// </summary>
    /// <param name="stream">The stream of the request.</param>
    /// <param name="block">Its fields (RFC 7541), written without the dynamic table.</param>
    public async ValueTask SendAsync(int stream, ReadOnlyMemory<byte> block)
    {
        Waiting waiting = new(stream, block);
        Task? flush = null;
        lock (_lock)
        {
            if (_isOver)
                return;
            _waiting.Enqueue(waiting);
            if (!_isWriting && !_isFlushing && !IsAside && WriteWaiting())
                flush = _ownFlush = inner.FlushAsync().AsTask();
        }

        // The server's next flush writes what could not be written yet.
        if (flush is null)
        {
            await waiting.Written.Task;
            return;
        }

        try
        {
            await flush;
        }
        finally
        {
            lock (_lock)
                _ownFlush = null;
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
            if (!IsAside && _waiting.Count == 0)
            {
                var flush = inner.FlushAsync(cancellationToken);
                _isFlushing = !flush.IsCompleted;
                return _isFlushing ? FlushedAsync(flush, cancellationToken) : flush;
            }
        }

        return FlushAllAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        End();
        inner.Complete(exception);
    }

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        End();
        return inner.CompleteAsync(exception);
    }

    private async ValueTask<FlushResult> FlushAllAsync(CancellationToken cancellationToken)
    {
        // 1. An interim answer on its way goes first. What its flush throws, the next flush throws again.
        Task? own;
        lock (_lock)
            own = _ownFlush;
        if (own is not null)
            await own.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // 2. What the server wrote meanwhile, then what waits.
        ValueTask<FlushResult> flush;
        lock (_lock)
        {
            _ownFlush = null;
            inner.Write(_aside.WrittenSpan);
            _aside.ResetWrittenCount();
            WriteWaiting();
            _isFlushing = true;
            flush = inner.FlushAsync(cancellationToken);
        }

        return await FlushedAsync(flush, cancellationToken);
    }

    private async ValueTask<FlushResult> FlushedAsync(ValueTask<FlushResult> flush, CancellationToken cancellationToken)
    {
        var mayGoOn = false;
        try
        {
            var result = await flush;
            mayGoOn = !result.IsCanceled && !result.IsCompleted;
            if (!mayGoOn)
                return result;
        }
        finally
        {
            lock (_lock)
            {
                _isFlushing = false;
                mayGoOn &= _waiting.Count > 0 && _frames.AreBetween;
            }
        }

        return mayGoOn ? await FlushAllAsync(cancellationToken) : default;
    }

    // True when something was written.
    private bool WriteWaiting()
    {
        var hasWritten = false;
        while (_frames.AreBetween && _waiting.TryDequeue(out var one))
        {
            if (!_frames.WasReset(one.Stream) && _frames.PrefixFor(settings.TableSize) is { } prefix)
            {
                Http2Frames.WriteHeaders(inner, one.Stream, prefix, one.Block.Span);
                hasWritten = true;
            }

            one.Written.TrySetResult();
        }

        return hasWritten;
    }

    private void End()
    {
        lock (_lock)
        {
            _isOver = true;
            while (_waiting.TryDequeue(out var one))
                one.Written.TrySetResult();
        }
    }

    private sealed record Waiting(int Stream, ReadOnlyMemory<byte> Block)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

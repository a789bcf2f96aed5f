using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The writer through which Kestrel sends to a client's connection. It gathers bytes in rented pieces. A flush sends them, and waits while
/// the socket takes no more.
/// </summary>
internal sealed class EpollWriter(EpollSocket socket) : PipeWriter
{
    private const int FirstBytes = 4 * 1024;
    private const int LaterBytes = 64 * 1024;

    private readonly List<ArraySegment<byte>> _full = [];
    private byte[] _last = [];
    private int _lastStart;
    private int _lastLength;
    private bool _over;
    private int _cancelled;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes
    {
        get
        {
            long sum = _lastLength - _lastStart;
            foreach (var piece in _full)
                sum += piece.Count;
            return sum;
        }
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_last.Length - _lastLength < Math.Max(sizeHint, 1))
            Grow(sizeHint);
        return _last.AsMemory(_lastLength);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_last.Length - _lastLength));
        _lastLength += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        Volatile.Read(ref _cancelled) == 0 && TrySend()
            ? new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: _over))
            : FlushSlowlyAsync(cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        Volatile.Write(ref _cancelled, 1);
        socket.Writable.Signal();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // A last try; who wanted to be sure has flushed.
        if (exception is null)
            TrySend();
        _over = true;
        Drop();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> FlushSlowlyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Interlocked.Exchange(ref _cancelled, 0) != 0)
                return new FlushResult(isCanceled: true, isCompleted: _over);
            if (TrySend())
                return new FlushResult(isCanceled: false, isCompleted: _over);
            await socket.WaitWritableAsync(cancellationToken);
        }
    }

    // False when the socket takes no more for now. A connection that broke takes everything: there is nobody to send it to.
    private bool TrySend()
    {
        while (!_over && _full.Count > 0)
        {
            if (!TrySend(_full[0], out var rest))
                return _over;
            if (rest.Count > 0)
            {
                _full[0] = rest;
                continue;
            }

            ArrayPool<byte>.Shared.Return(_full[0].Array!); // Every piece of the list was rented.
            _full.RemoveAt(0);
        }

        while (!_over && _lastLength > _lastStart)
        {
            if (!TrySend(new ArraySegment<byte>(_last, _lastStart, _lastLength - _lastStart), out var rest))
                return _over;
            _lastStart = _lastLength - rest.Count;
        }

        Drop();
        return true;
    }

    private bool TrySend(ArraySegment<byte> piece, out ArraySegment<byte> rest)
    {
        var sent = socket.Send(piece);
        rest = sent > 0 ? piece[sent..] : piece;
        if (sent >= 0)
            return true;
        if (Errno.MustWait(sent))
            return false;

        // Over in both directions: who reads here must hear of it, too. TLS does not say that a write came to nothing, and would wait for
        // the next request.
        _over = true;
        socket.Reset();
        return false;
    }

    private void Grow(int sizeHint)
    {
        if (_lastLength > _lastStart)
            _full.Add(new ArraySegment<byte>(_last, _lastStart, _lastLength - _lastStart));
        else if (_last.Length > 0)
            ArrayPool<byte>.Shared.Return(_last);
        _last = [];
        (_lastStart, _lastLength) = (0, 0);
        try
        {
            Faults.Allocating();
            _last = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, _full.Count == 0 ? FirstBytes : LaterBytes));
        }
        catch
        {
            // The server logs this and goes on, and the client would wait for an answer of which nothing has left.
            _over = true;
            socket.Reset();
            throw;
        }
    }

    private void Drop()
    {
        foreach (var piece in _full)
            ArrayPool<byte>.Shared.Return(piece.Array!); // As above.
        _full.Clear();
        if (_last.Length > 0)
            ArrayPool<byte>.Shared.Return(_last);
        _last = [];
        (_lastStart, _lastLength) = (0, 0);
    }
}

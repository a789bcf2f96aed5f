using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The writer through which the HTTP server answers a client under TLS. It gathers bytes in rented pieces of a record's size. A flush
/// enciphers all of them and sends them together: one call of the system for several records. Between flushes it holds no memory.
/// </summary>
internal sealed class TlsWriter(SslStream tls, CipherStream cipher) : PipeWriter
{
    private const int FirstBytes = 4 * 1024;

    // The longest record (RFC 8446, 5.1).
    private const int RecordBytes = 16 * 1024;

    private readonly List<ArraySegment<byte>> _full = [];
    private byte[] _last = [];
    private int _lastLength;
    private long _fullBytes;
    private bool _isOver;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _fullBytes + _lastLength;

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
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isOver)
            return new(new FlushResult(isCanceled: false, isCompleted: true));
        return UnflushedBytes == 0 ? cipher.FlushGatheredAsync(cancellationToken) : EncipherAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => cipher.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _isOver = true;
        Drop();
    }

    /// <inheritdoc/>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        try
        {
            // Who ends the wait ends the connection: nothing may be written behind what was left out.
            if (exception is null && !_isOver && UnflushedBytes > 0 && (await FlushAsync()).IsCanceled)
                throw new OperationCanceledException("The client did not take the last bytes in time.");
        }
        finally
        {
            Complete(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> EncipherAsync(CancellationToken cancellationToken)
    {
        // The records go where the socket's writer gathers: nothing is waited for before all of them are there. A client that broke its
        // TLS has ended the connection: a flush says so, and does not throw (PipeWriter), or the server above would log it as its fault.
        try
        {
            cipher.Gathers = true;
            foreach (var piece in _full)
                await tls.WriteAsync(piece, cancellationToken);
            if (_lastLength > 0)
                await tls.WriteAsync(_last.AsMemory(0, _lastLength), cancellationToken);
        }
        catch (Exception broke) when (broke is IOException or AuthenticationException or InvalidOperationException)
        {
            _isOver = true;
            return new(isCanceled: false, isCompleted: true);
        }
        finally
        {
            cipher.Gathers = false;
            Drop();
        }

        return await cipher.FlushGatheredAsync(cancellationToken);
    }

    private void Grow(int sizeHint)
    {
        if (_lastLength > 0)
        {
            _full.Add(new ArraySegment<byte>(_last, 0, _lastLength));
            _fullBytes += _lastLength;
        }
        else if (_last.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_last);
        }

        (_last, _lastLength) = ([], 0);
        Faults.Allocating();
        _last = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, _full.Count == 0 ? FirstBytes : RecordBytes));
    }

    private void Drop()
    {
        foreach (var piece in _full)
            ArrayPool<byte>.Shared.Return(piece.Array!); // Every piece of the list was rented.
        _full.Clear();
        if (_last.Length > 0)
            ArrayPool<byte>.Shared.Return(_last);
        (_last, _lastLength, _fullBytes) = ([], 0, 0);
    }
}

using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A socket of a loop as a stream: for a handshake, for an answer that is no tunnel, and under TLS to a server. A read of nothing waits
/// until there is something, and holds no buffer meanwhile. One reader and one writer at a time.
/// </summary>
internal sealed class EpollStream(EpollSocket socket) : Stream
{
    // So many bytes are read in a row on the thread of an event loop. Then others have their turn, whatever TLS makes of the bytes: records
    // that carry nothing come to no end above it.
    private const int MostInARow = 256 * 1024;

    private bool _isWoken;
    private int _inARow;
    private volatile bool _readsNoMore;

    /// <summary>The socket; closed with this stream, unless it was taken away.</summary>
    public EpollSocket Socket => socket;

    /// <summary>
    /// Rises with every write of which the system may have taken something. While it stays the same, a write that failed has not sent its
    /// first byte.
    /// </summary>
    public long Taken { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    // A read that can only find nothing is not made: a system call for each answer.
    private bool MayFind =>
        _isWoken || _readsNoMore || socket.MayHaveMore || socket.PeerEnded || socket.IsBroken || socket.Readable.IsSignalled;

    /// <summary>Ends a read that waits, with an <see cref="IOException"/>, and every later one. Writes go on.</summary>
    public void StopReading()
    {
        _readsNoMore = true;
        socket.Readable.Signal();
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!MayFind)
            return WaitAndReadAsync(buffer, cancellationToken);
        if (buffer.IsEmpty)
            return new(0);
        if (TryRead(buffer.Span) is not { } read)
            return WaitAndReadAsync(buffer, cancellationToken);
        _inARow += read;
        return _inARow > MostInARow && LoopThread.IsCurrent ? LeaveAsync(read) : new(read);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var sent = socket.Send(buffer.Span);

        // What waits goes on below, and nobody can say afterwards that none of it was taken.
        if (sent >= 0 || Errno.MustWait(sent))
            Taken += Math.Max(sent, 1);
        if (sent == buffer.Length)
            return ValueTask.CompletedTask;
        return sent < 0 && !Errno.MustWait(sent)
            ? ValueTask.FromException(EpollSocket.Broken(sent))
            : socket.SendAllAsync(buffer[Math.Max(sent, 0)..], cancellationToken);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing here blocks.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing here blocks.");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            socket.Dispose();
        base.Dispose(disposing);
    }

    // Null: nothing has come yet.
    private int? TryRead(Span<byte> room)
    {
        if (_readsNoMore)
            throw new IOException("The connection is being closed.");
        _isWoken = false;
        var read = socket.Receive(room);
        if (read >= 0)
            return read;
        return Errno.MustWait(read) ? null : throw EpollSocket.Broken(read);
    }

    private async ValueTask<int> LeaveAsync(int read)
    {
        await LoopThread.LeaveAsync();
        _inARow = 0;
        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            await socket.Readable.WaitAsync(cancellationToken);
            (_isWoken, _inARow) = (true, 0);
            if (buffer.IsEmpty)
                return 0;
            if (TryRead(buffer.Span) is { } read)
                return read;
        }
    }
}

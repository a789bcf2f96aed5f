using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The enciphered bytes under a client's TLS. While HTTP is spoken they come and go by the connection's pipes, on the thread pool. Once a
/// tunnel has taken the socket away (<see cref="Enter"/>) they are the loop's: nothing waits any more, a read that finds nothing is
/// finished by <see cref="Wake"/>, and what is written is gathered until <see cref="SendHeld"/>, so that a message of several TLS records
/// costs one send.
/// </summary>
internal sealed class CipherStream(IDuplexPipe transport, TlsRecords records) : Stream, IValueTaskSource<int>
{
    private IDuplexPipe? _transport = transport;

    // The loop's thread runs what waits here, and that is what is wanted: the records are opened there.
    private ManualResetValueTaskSourceCore<int> _core;
    private int _fd = -1;
    private byte[] _carried = [];
    private int _carriedAt;
    private Memory<byte> _wanted;
    private bool _reading;
    private bool _isOver;
    private bool _mayHaveMore;
    private bool _draining;
    private byte[]? _held;
    private int _heldAt;
    private int _heldEnd;

    /// <summary>Why reading failed, as a negated errno; 0 while it did not. What came before a failed write can still be read.</summary>
    public int ReadFailure { get; private set; }

    /// <summary>Why writing failed, as a negated errno; 0 while it did not.</summary>
    public int WriteFailure { get; private set; }

    /// <summary>
    /// While HTTP is spoken: true for records that <see cref="FlushGatheredAsync"/> sends together. False (default): each record is sent
    /// when it is written.
    /// </summary>
    public bool Gathers { get; set; }

    /// <summary>How many bytes the socket has not taken yet.</summary>
    public int HeldBytes => _heldEnd - _heldAt;

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

    /// <summary>From now on it is the loop's, with the bytes that had been read already. Nobody may be reading or writing.</summary>
    public void Enter(int fd, byte[] carried)
    {
        (_fd, _carried, _mayHaveMore) = (fd, carried, true);

        // A tunnel lives for days, and the server's connection is behind the pipes.
        _transport = null;
    }

    /// <summary>
    /// The socket has something, or may have; finishes a read that waits for it. With <paramref name="drain"/> it is read until nothing is
    /// there, however little a read finds: an end, and what is behind urgent data, is told by no other edge. On the loop's thread.
    /// </summary>
    public void Wake(bool drain)
    {
        if (_isOver)
            return;
        _mayHaveMore = true;
        _draining |= drain;
        if (!_reading)
            return;
        if (_wanted.IsEmpty)
        {
            if (!drain || HasSomething())
                Finish(0);
            return;
        }

        var read = Receive(_wanted.Span);
        if (!Errno.MustWait(read))
            Finish(read);
    }

    /// <summary>Sends what was gathered, and keeps what the socket does not take. A negated errno when the connection is broken.</summary>
    public int SendHeld()
    {
        while (WriteFailure == 0 && _heldAt < _heldEnd)
        {
            var sent = Libc.Send(_fd, _held.AsSpan(_heldAt, HeldBytes));
            if (sent < 0 && Errno.MustWait(sent))
                return 0;
            if (sent < 0)
                WriteFailure = sent;
            else
                _heldAt += sent;
        }

        Drop();
        return WriteFailure;
    }

    /// <summary>While HTTP is spoken: sends what was gathered; completes when the socket has taken it.</summary>
    public ValueTask<FlushResult> FlushGatheredAsync(CancellationToken cancellationToken) =>
        _transport?.Output.FlushAsync(cancellationToken) ?? new(new FlushResult(isCanceled: false, isCompleted: true));

    /// <summary>While HTTP is spoken: ends the wait of a flush.</summary>
    public void CancelPendingFlush() => _transport?.Output.CancelPendingFlush();

    /// <summary>
    /// The descriptor is about to be closed: nothing here touches its number after this, and a read that waits is ended, so that TLS gives
    /// back what it reads into.
    /// </summary>
    public void End()
    {
        _isOver = true;
        if (ReadFailure == 0)
            ReadFailure = -Errno.BadDescriptor;
        if (WriteFailure == 0)
            WriteFailure = -Errno.BadDescriptor;
        Drop();
        if (_reading)
            Finish(ReadFailure);
    }

    /// <summary>Gives up what the socket has not taken.</summary>
    public void Drop()
    {
        if (_held is not null)
            ArrayPool<byte>.Shared.Return(_held);
        (_held, _heldAt, _heldEnd) = (null, 0, 0);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // TLS asks when it has opened all that came before.
        if (!buffer.IsEmpty && records.AreTooMany())
            return ValueTask.FromException<int>(TooManyRecords());
        if (_transport is not null)
            return ReadPipeAsync(_transport.Input, buffer, cancellationToken);
        if (!buffer.IsEmpty || HasSomething())
        {
            var read = buffer.IsEmpty ? 0 : Receive(buffer.Span);
            if (read >= 0)
                return new ValueTask<int>(read);
            if (!Errno.MustWait(read))
                return ValueTask.FromException<int>(Broken(read));
        }

        _wanted = buffer;
        _core.Reset();
        _reading = true;
        return new ValueTask<int>(this, _core.Version);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_transport is not null)
            return WritePipeAsync(_transport.Output, buffer, cancellationToken);
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Gathers. In the hands of the loop only.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_transport is not null)
            throw new NotSupportedException("Nothing here blocks.");
        if (WriteFailure != 0)
            return;
        records.Answered();
        if (_held is null)
        {
            Faults.Allocating();
            _held = ArrayPool<byte>.Shared.Rent(buffer.Length);
        }
        else if (_held.Length - _heldEnd < buffer.Length)
        {
            Faults.Allocating();
            var larger = ArrayPool<byte>.Shared.Rent((HeldBytes + buffer.Length) * 2);
            _held.AsSpan(_heldAt, HeldBytes).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_held);
            (_held, _heldAt, _heldEnd) = (larger, 0, HeldBytes);
        }

        buffer.CopyTo(_held.AsSpan(_heldEnd));
        _heldEnd += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Nothing: it is sent when it was written, or by <see cref="SendHeld"/>.</summary>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing here blocks.");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _core.OnCompleted(continuation, state, token, flags);

    // Asked before a buffer is rented: an answer that is not sure would leave every idle tunnel with one.
    private bool HasSomething()
    {
        if (_carriedAt < _carried.Length)
            return true;
        if (!_mayHaveMore || ReadFailure != 0)
            return _mayHaveMore;
        var seen = Libc.Peek(_fd);
        if (Errno.MustWait(seen))
            return _mayHaveMore = _draining = false;

        // The kernel tells an error once: the next read would find an end in its place.
        if (seen < 0)
            ReadFailure = seen;
        return true;
    }

    private int Receive(Span<byte> room)
    {
        if (_carriedAt < _carried.Length)
        {
            var part = Math.Min(room.Length, _carried.Length - _carriedAt);
            _carried.AsSpan(_carriedAt, part).CopyTo(room);
            _carriedAt += part;
            if (_carriedAt == _carried.Length)
                (_carried, _carriedAt) = ([], 0);
            records.Came(room[..part]);
            return part;
        }

        if (ReadFailure != 0)
            return ReadFailure;
        if (!_mayHaveMore)
            return -Errno.WouldBlock;
        var read = Libc.Receive(_fd, room);
        // Less than there was room for: the socket is empty, and the next edge tells when it is not (epoll(7)). After an end no edge tells
        // anything.
        if (Errno.MustWait(read))
            _draining = false;
        _mayHaveMore = _draining || read == room.Length;
        if (read > 0)
            records.Came(room[..read]);
        if (read < 0 && !Errno.MustWait(read))
            ReadFailure = read;
        return read;
    }

    private void Finish(int read)
    {
        _reading = false;
        _wanted = default;
        if (read >= 0)
            _core.SetResult(read);
        else
            _core.SetException(Broken(read));
    }

    private async ValueTask<int> ReadPipeAsync(PipeReader input, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken);
        if (result.IsCanceled)
        {
            input.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException(cancellationToken);
        }

        var part = result.Buffer.Slice(0, Math.Min(buffer.Length, result.Buffer.Length));
        part.CopyTo(buffer.Span);
        records.Came(buffer.Span[..(int)part.Length]);
        input.AdvanceTo(part.End);
        return (int)part.Length;
    }

    private ValueTask WritePipeAsync(PipeWriter output, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        records.Answered();
        if (!Gathers)
            return WriteAndFlushAsync(output, buffer, cancellationToken);
        output.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask WriteAndFlushAsync(PipeWriter output, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if ((await output.WriteAsync(buffer, cancellationToken)).IsCanceled)
            throw new OperationCanceledException(cancellationToken);
    }

    private IOException TooManyRecords()
    {
        ReadFailure = TlsRecords.TooMany;
        return new IOException("The client sends TLS records without end that carry nothing.");
    }

    private static IOException Broken(int result) =>
        new("The connection broke.", new System.Net.Sockets.SocketException((int)Errno.Named(-result)));
}

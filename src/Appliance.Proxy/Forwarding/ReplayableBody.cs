using System.Buffers;
using System.IO.Pipelines;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A request body that remembers its beginning, so that a second server can be given the same request. It counts what the client sent. Hot
/// path: one object a request with a body; the memory for replay is rented, only as much as was read, and given back when a server has
/// answered.
/// </summary>
internal sealed class ReplayableBody(Stream inner, int keepBytes, ReplayBudget budget, BodyPace? pace = null, PipeReader? waiting = null)
    : Stream
{
    private const int PieceBytes = 16 * 1024;

    // Read by the copy to a server, forgotten by that server's answer: the two may meet.
    private readonly Lock _gate = new();
    private readonly List<byte[]> _pieces = [];
    private bool _keeps = keepBytes > 0;
    private int _keptLength;
    private int _position;

    // Whether the head, or what was read last, may still lie in the writer's buffer.
    private bool _isHeldBack;
    private Stream? _outgoing;
    private bool _isWaiting;
    private bool _isAtEnd;
    private bool _isGivenUp;

    /// <summary>What is read in the end; a read of it that waits can be given up.</summary>
    public PipeReader? Client => waiting;

    /// <summary>Bytes read from the client.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Bytes that this try was given, those of an earlier try that it got again included.</summary>
    public long BytesGiven { get; private set; }

    /// <summary>What reading from the client threw, if it did; then no server is to blame.</summary>
    public Exception? ClientError { get; private set; }

    /// <summary>Where the body is written to, while it is: flushed before a read that has to wait for the client.</summary>
    public Stream? Outgoing
    {
        get => _outgoing;
        set
        {
            (_outgoing, _isHeldBack) = (value, true);
            HasBegun |= value is not null;
        }
    }

    /// <summary>It was asked for in this try. HttpClient asks when it has handed over the request's head, and not before.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The sender of this try has stopped: a read that is cancelled is meant.</summary>
    public bool IsGivenUp
    {
        get => Volatile.Read(ref _isGivenUp);
        set => Volatile.Write(ref _isGivenUp, value);
    }

    /// <summary>Completes when this try reads it no more; null: no try has begun to read it.</summary>
    public Task? Sending { get; set; }

    /// <summary>A copy of all of it, when the client has sent all and it is still here; else null.</summary>
    public byte[]? CopyWhole()
    {
        lock (_gate)
        {
            if (!_keeps || !HasAll())
                return null;
            var whole = new byte[_keptLength];
            for (var at = 0; at < _keptLength; at += PieceBytes)
                _pieces[at / PieceBytes].AsSpan(0, Math.Min(PieceBytes, _keptLength - at)).CopyTo(whole.AsSpan(at));

            // The last read was given up, and is not waited for any more.
            WaitedForClient = false;
            return whole;
        }
    }

    // What has come and was not read is at its end, too.
    private bool HasAll()
    {
        if (_isAtEnd)
            return true;
        try
        {
            if (waiting is null || !waiting.TryRead(out var come))
                return false;
            waiting.AdvanceTo(come.Buffer.Start);
            return come is { IsCompleted: true, Buffer.IsEmpty: true };
        }
        catch (Exception exception)
        {
            ClientError = exception;
            return false;
        }
    }

    /// <summary>
    /// HttpClient stopped sending it without being asked to: the server has reset the stream, or the connection is gone.
    /// </summary>
    public bool WasGivenUp { get; set; }

    /// <summary>The connection that it is written to, when that listens.</summary>
    public ListeningConnection? Connection { get; set; }

    /// <summary>The server has answered, and reads no more; null: it has not.</summary>
    public Exception? Early { get; private set; }

    /// <summary>
    /// Notes that the server has answered and reads no more. Returns the reader to cancel, whose read waits for the client and then ends
    /// with <paramref name="answer"/>. Null when no read waits: the next write gets the answer.
    /// </summary>
    public PipeReader? GiveUp(Exception answer)
    {
        lock (_gate)
        {
            if (!_isWaiting)
                return null;
            Early ??= answer;
            return waiting;
        }
    }

    /// <summary>The last read was given up while it waited for the client.</summary>
    public bool WaitedForClient { get; private set; }

    /// <summary>True while everything read so far is still here.</summary>
    public bool CanReplay => BytesRead == 0 || _keeps;

    /// <summary>Starts again from the first byte. Only while <see cref="CanReplay"/>.</summary>
    public void Rewind()
    {
        (_position, BytesGiven) = (0, 0);
        WaitedForClient = false;
        (Early, Connection) = (null, null);
        (HasBegun, WasGivenUp, IsGivenUp, Sending) = (false, false, false, null);
    }

    /// <summary>
    /// A server has answered, so that it will not be sent a second time: gives the memory back, as soon as what is being sent again has
    /// gone.
    /// </summary>
    public void Forget()
    {
        pace?.Lift();
        lock (_gate)
        {
            _keeps = false;
            if (_position >= _keptLength)
                Release();
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Again(buffer.Span) is > 0 and var again)
        {
            BytesGiven += again;
            return again;
        }

        int read;
        try
        {
            read =
                Outgoing is { } to && HasToWait()
                    ? await WaitAsync(to, buffer, cancellationToken)
                    : await ReadOnAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception == Early)
        {
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            WaitedForClient = true;
            throw;
        }
        catch (ReadGivenUpException)
        {
            // By us, and not by the client.
            throw;
        }
        catch (Exception exception)
        {
            ClientError = exception;
            throw;
        }

        _isAtEnd |= read == 0 && !buffer.IsEmpty;
        Keep(buffer.Span[..read]);
        BytesRead += read;
        BytesGiven += read;
        _isHeldBack = true;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>When the request is over: nobody reads any more.</summary>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _keeps = false;
            Release();
        }

        pace?.Dispose();
        base.Dispose(disposing);
    }

    // Asked without taking anything: what has come is read as always.
    private bool HasToWait()
    {
        if (waiting is null)
            return false;
        if (!waiting.TryRead(out var come))
            return true;
        waiting.AdvanceTo(come.Buffer.Start);

        // A cancel that came too late for the read that it was meant for.
        return come is { IsCanceled: true, IsCompleted: false, Buffer.IsEmpty: true };
    }

    private async ValueTask<int> WaitAsync(Stream to, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_isHeldBack)
            await FlushAsync(to, cancellationToken);
        lock (_gate)
            _isWaiting = true;
        Connection?.ListenFor(this);
        try
        {
            while (true)
            {
                try
                {
                    var read = await ReadOnAsync(buffer, cancellationToken);
                    return Over() is { } early ? throw early : read;
                }
                catch (ReadGivenUpException)
                {
                    if (Over() is { } early)
                        throw early;
                }
            }
        }
        finally
        {
            Connection?.Went(this);
            Over();
        }

        // From now on the writer is told.
        Exception? Over()
        {
            lock (_gate)
            {
                _isWaiting = false;
                return Early;
            }
        }
    }

    // What went wrong there is no fault of the client: the next write says it as well.
    private async ValueTask FlushAsync(Stream to, CancellationToken cancellationToken)
    {
        _isHeldBack = false;
        try
        {
            await to.FlushAsync(cancellationToken);
        }
        catch (EarlyAnswerException answer)
        {
            Early = answer;
            throw;
        }
        catch (IOException) { }
    }

    // A token must not reach the client's pipe: it would leave the HTTP server in the middle of a read, and the next try could not go on.
    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using var given = cancellationToken.UnsafeRegister(static reader => (reader as PipeReader)?.CancelPendingRead(), waiting);
            try
            {
                return await ReadPacedAsync(buffer, waiting is null ? cancellationToken : CancellationToken.None);
            }
            catch (ReadGivenUpException) when (Early is null && !IsGivenUp)
            {
                // By this token, or by a cancel that came too late for an earlier read.
            }
        }
    }

    private ValueTask<int> ReadPacedAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        pace is null ? inner.ReadAsync(buffer, cancellationToken) : pace.ReadAsync(inner, buffer, BytesRead, cancellationToken);

    private int Again(Span<byte> buffer)
    {
        lock (_gate)
        {
            if (_position >= _keptLength)
                return 0;
            var at = _position % PieceBytes;
            var again = Math.Min(buffer.Length, Math.Min(_keptLength - _position, PieceBytes - at));
            _pieces[_position / PieceBytes].AsSpan(at, again).CopyTo(buffer);
            _position += again;
            if (!_keeps && _position == _keptLength)
                Release();
            return again;
        }
    }

    // A body of which one piece did not fit is not sent twice: then there is no reason to keep the others.
    private void Keep(ReadOnlySpan<byte> read)
    {
        lock (_gate)
        {
            if (!_keeps || read.IsEmpty)
                return;
            if (_keptLength + read.Length > keepBytes)
            {
                _keeps = false;
                Release();
                return;
            }

            while (!read.IsEmpty)
            {
                if (_keptLength == _pieces.Count * PieceBytes)
                {
                    if (!budget.TryTake(PieceBytes))
                    {
                        _keeps = false;
                        Release();
                        return;
                    }

                    _pieces.Add(ArrayPool<byte>.Shared.Rent(PieceBytes));
                }

                var at = _keptLength % PieceBytes;
                var part = read[..Math.Min(read.Length, PieceBytes - at)];
                part.CopyTo(_pieces[^1].AsSpan(at));
                _keptLength += part.Length;
                read = read[part.Length..];
            }

            _position = _keptLength;
        }
    }

    private void Release()
    {
        foreach (var piece in _pieces)
        {
            budget.Give(PieceBytes);
            ArrayPool<byte>.Shared.Return(piece);
        }

        _pieces.Clear();
        _keptLength = _position = 0;
    }
}

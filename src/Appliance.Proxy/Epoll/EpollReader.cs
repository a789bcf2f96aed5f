using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Memory;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// What Kestrel reads a client's connection by: it reads the socket when it is asked to, into one rented buffer, and holds none while
/// nothing is there. No pipe, no reading ahead: what a tunnel finds unread is all there is. What it takes beyond its first bytes comes out
/// of <paramref name="budget"/>, which all connections share: without it, a body is read in small pieces, and a connection whose head needs
/// more is ended.
/// </summary>
internal sealed class EpollReader(EpollSocket socket, Action ended, MemoryBudget budget) : PipeReader
{
    /// <summary>What a connection may always have.</summary>
    public const int FirstBytes = 4 * 1024;
    private const int MostAtOnce = 64 * 1024;
    private const int Idle = 0;
    private const int Filling = 1;
    private const int Over = 2;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _examined;
    private int _wanted = FirstBytes;
    private bool _ended;
    private bool _completed;
    private int _cancelled;

    // Who has the buffer: a read that fills it must not find it back in the pool, whenever the reader is completed.
    private int _filling;

    /// <summary>Takes what was read and not consumed, and ends this reader: the socket is somebody else's from now on.</summary>
    public byte[] TakeUnread()
    {
        var unread = _buffer.AsSpan(_start, _end - _start).ToArray();
        Complete();
        return unread;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        for (var woken = false; ; )
        {
            if (TryRead(out var result))
                return result;

            if ((woken || socket.MayHaveMore || socket.PeerEnded) && Fill())
                continue;
            ReleaseEmpty();
            await socket.Readable.WaitAsync(cancellationToken);
            woken = true;
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var cancelled = Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0;
        var news = cancelled || _ended || _completed || _end > _examined;
        result = news
            ? new ReadResult(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), cancelled, _ended || _completed)
            : default;
        return news;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_completed)
            return;
        _start = consumed.GetInteger();
        _examined = Math.Max(_start, examined.GetInteger());
        if (_start == _end)
            (_start, _end, _examined) = (0, 0, 0);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        Volatile.Write(ref _cancelled, 1);
        socket.Readable.Signal();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        // Who fills it gives it back.
        if (Interlocked.Exchange(ref _filling, Over) != Filling)
            Release();
    }

    // True when there is something new to tell.
    private bool Fill()
    {
        if (!TakeBuffer())
            return true;
        try
        {
            return FillBuffer();
        }
        finally
        {
            LeaveBuffer();
        }
    }

    private void ReleaseEmpty()
    {
        if (_start != _end || !TakeBuffer())
            return;
        Release();
        LeaveBuffer();
    }

    private bool TakeBuffer() => Interlocked.CompareExchange(ref _filling, Filling, Idle) == Idle;

    private void LeaveBuffer()
    {
        if (Interlocked.CompareExchange(ref _filling, Idle, Filling) == Over)
            Release();
    }

    private bool FillBuffer()
    {
        if (!TryMakeRoom())
        {
            // The server wants more of a head before it can do anything with what is here.
            budget.Refuse();
            socket.Reset();
            return End();
        }

        var room = _buffer.AsSpan(_end);
        var read = socket.Receive(room);
        if (read > 0)
        {
            _end += read;
            // Who fills its room has more: a body.
            if (read == room.Length)
                _wanted = Math.Min(_wanted * 2, MostAtOnce);
            return true;
        }

        if (Errno.MustWait(read))
            return false;

        // A FIN, or an error: to the server both mean that no more comes, and that nobody waits for an answer.
        return End();
    }

    private bool End()
    {
        _ended = true;
        ended();
        return true;
    }

    private bool TryMakeRoom()
    {
        if (_end < _buffer.Length)
            return true;
        var unread = _end - _start;
        var larger =
            _start > 0 && unread <= _buffer.Length / 2
                ? null
                : TryRent(Math.Max(_wanted, unread * 2)) ?? (unread == 0 ? TryRent(FirstBytes) : null);
        if (larger is null && _start == 0)
            return false;
        _buffer.AsSpan(_start, unread).CopyTo(larger ?? _buffer);
        if (larger is not null)
        {
            Return();
            _buffer = larger;
        }

        (_examined, _end, _start) = (_examined - _start, unread, 0);
        return true;
    }

    private byte[]? TryRent(int bytes)
    {
        // The pool's arrays are powers of two.
        var cost = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes);
        var counts = cost > FirstBytes;
        if (counts && !budget.TryTake(cost))
            return null;
        try
        {
            Faults.Allocating();
            return ArrayPool<byte>.Shared.Rent(bytes);
        }
        catch
        {
            if (counts)
                budget.Give(cost);
            throw;
        }
    }

    private void Return()
    {
        if (_buffer.Length > FirstBytes)
            budget.Give(_buffer.Length);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void Release()
    {
        Return();
        _buffer = [];
        (_start, _end, _examined) = (0, 0, 0);
    }
}

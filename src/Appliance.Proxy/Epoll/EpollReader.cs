using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// What Kestrel reads a client's connection by: it reads the socket when it is asked to, into one rented buffer, and holds none while nothing is there.
/// No pipe, no reading ahead: what a tunnel finds unread is all there is.
/// </summary>
internal sealed class EpollReader(EpollSocket socket, Action ended) : PipeReader
{
    private const int FirstBytes = 4 * 1024;
    private const int MostAtOnce = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _examined;
    private int _wanted = FirstBytes;
    private bool _ended;
    private bool _completed;
    private int _cancelled;

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
        for (var woken = false; ;)
        {
            if (TryRead(out var result)) return result;

            if ((woken || socket.MayHaveMore || socket.PeerEnded) && Fill()) continue;
            if (_start == _end) Release();
            await socket.Readable.WaitAsync(cancellationToken);
            woken = true;
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var cancelled = Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0;
        var news = cancelled || _ended || _completed || _end > _examined;
        result = news ? new ReadResult(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), cancelled, _ended || _completed) : default;
        return news;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_completed) return;
        _start = consumed.GetInteger();
        _examined = Math.Max(_start, examined.GetInteger());
        if (_start == _end) (_start, _end, _examined) = (0, 0, 0);
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
        (_start, _end, _examined) = (0, 0, 0);
        Release();
    }

    // True when there is something new to tell.
    private bool Fill()
    {
        MakeRoom();
        var room = _buffer.AsSpan(_end);
        var read = socket.Receive(room);
        if (read > 0)
        {
            _end += read;
            // Who fills its room has more: a body.
            if (read == room.Length) _wanted = Math.Min(_wanted * 2, MostAtOnce);
            return true;
        }

        if (Errno.MustWait(read)) return false;

        // A FIN, or an error: to the server both mean that no more comes, and that nobody waits for an answer.
        _ended = true;
        ended();
        return true;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length) return;
        if (_start > 0 && _end - _start <= _buffer.Length / 2)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_wanted, (_end - _start) * 2));
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _examined -= _start;
        _end -= _start;
        _start = 0;
    }

    private void Release()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        (_start, _end, _examined) = (0, 0, 0);
    }
}

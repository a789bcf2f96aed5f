using System.Buffers;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tunnels;

/// <summary>
/// Carries a tunnel over two sockets on an event loop. An idle tunnel holds this object and no buffer: bytes are read into the loop's own, counted there
/// and sent on from there; only what a slow end does not take is copied aside, and its source is not read until that is gone. At most
/// <see cref="EpollLoop.RoomBytes"/> and a close frame wait in a direction. Hot path: no allocation, no lock, one recv and one send a piece.
/// </summary>
internal sealed class EpollRelay : EpollHandler, ITunnelRelay, IThreadPoolWorkItem
{
    // After so many full buffers in a row the others get their turn.
    private const int MostReads = 8;

    // What an end may take to answer a close frame; and how long one that may still send its rest may be silent.
    private static readonly TimeSpan _closeWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _restWait = TimeSpan.FromSeconds(30);

    private readonly EpollLoops _loops;
    private readonly EpollLoop _loop;
    private readonly TunnelLife _life;
    private readonly LiveConnection _connection;
    private readonly int _clientSlot;
    private readonly int _serverSlot;
    private EpollHalf _up;
    private EpollHalf _down;
    private bool _catchUp;
    private int _closeCode;
    private bool _again;
    private bool _over;

    /// <summary>Takes both sockets over; <see cref="Start"/> begins.</summary>
    public EpollRelay(EpollLoops loops, EpollLoop loop, TunnelLife life, (int Fd, int Slot) client, (int Fd, int Slot) server)
    {
        (_loops, _loop, _life, _connection) = (loops, loop, life, life.Connection);
        (_clientSlot, _serverSlot) = (client.Slot, server.Slot);
        _up = new EpollHalf { Source = client.Fd, Destination = server.Fd, Slot = server.Slot, Side = TunnelEnd.ClientClosed, Flow = _connection.FromClient };
        _down = new EpollHalf { Source = server.Fd, Destination = client.Fd, Slot = client.Slot, Side = TunnelEnd.ServerClosed, Flow = _connection.FromServer };
    }

    /// <summary>
    /// Passes on what was read behind the two heads, and lets the loop carry the rest. The loop is not even woken when neither end has said anything
    /// meanwhile, which is the ordinary case.
    /// </summary>
    public void Start(EpollSocket client, ReadOnlySpan<byte> behindClientHead, EpollSocket server, ReadOnlySpan<byte> behindServerHead)
    {
        if (behindServerHead.Length > 0) Pass(ref _down, behindServerHead);
        if (behindClientHead.Length > 0) Pass(ref _up, behindClientHead);
        _connection.Relay = RelayKind.Epoll;

        // From the first of these on the loop's thread owns everything here.
        var busy = _up.Pending is not null || _down.Pending is not null || _up.DestinationFailed || _down.DestinationFailed;
        var news = client.HandOver(_clientSlot, this, second: false);
        news |= server.HandOver(_serverSlot, this, second: true);
        Volatile.Write(ref _catchUp, news);
        if (news || busy) _loop.Post(this);
        _connection.CarriedBy(this);
    }

    /// <inheritdoc/>
    public void EndRequested() => _loop.Post(this);

    /// <inheritdoc/>
    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        // An end is the source of one direction and the destination of the other.
        ref var reading = ref second ? ref _down : ref _up;
        ref var writing = ref second ? ref _up : ref _down;
        if ((events & (EpollEvents.PeerEnded | EpollEvents.HangUp | EpollEvents.Error)) != 0) reading.Draining = true;
        if (reading.Draining || (events & EpollEvents.In) != 0) reading.Readable = true;

        // An edge of a writable socket comes with every message, too; it matters to who waits for it.
        if (writing.Pending is not null) Pump(ref writing);
        Pump(ref reading);
        if ((events & EpollEvents.Error) != 0 && reading.Pending is not null) reading.SourceFailed = true;
        Settle();
    }

    /// <inheritdoc/>
    public override void OnTurn(EpollLoop loop)
    {
        _again = false;
        if (_over) return;
        if (_catchUp)
        {
            // Edges that came before were told to the sockets' old handlers.
            _catchUp = false;
            _up.Readable = _up.Draining = _down.Readable = _down.Draining = true;
        }

        if (_connection.EndCode != 0 && _closeCode == 0) SayGoodbye();
        Pump(ref _up);
        Pump(ref _down);
        Settle();
    }

    /// <inheritdoc/>
    public override void OnDue(EpollLoop loop)
    {
        if (_over) return;
        // Nobody asked for the end: who still sends may go on.
        if (_closeCode == 0 && _connection.IdleFor < _restWait) loop.CallAfter(this, _restWait - _connection.IdleFor);
        else Finish();
    }

    /// <inheritdoc/>
    public override void OnAbandoned(EpollLoop loop)
    {
        if (_over) return;
        _connection.NoteEnd(TunnelEnd.Shutdown);
        _up.SourceFailed = _down.SourceFailed = true;
        Finish();
    }

    /// <summary>Gives back what the tunnel held, on the thread pool: the loop must not log.</summary>
    void IThreadPoolWorkItem.Execute() => _life.End(opened: true);

    private bool BothSaidClose => _up.Flow.Meter.SawClose && _down.Flow.Meter.SawClose;

    private void Pump(ref EpollHalf half)
    {
        if (_over || (half.Pending is not null && !Drain(ref half))) return;
        for (var reads = 0; half.Readable && !half.IsUnsettled && half.Pending is null; reads++)
        {
            if (reads == MostReads)
            {
                if (!_again) _loop.Again(this);
                _again = true;
                return;
            }

            var room = _loop.Room;
            var read = Libc.Receive(half.Source, room);
            if (read > 0)
            {
                // Less than there was room for: the socket is empty, and the next edge tells when it is not (epoll(7)).
                if (read < room.Length && !half.Draining) half.Readable = false;
                Pass(ref half, room[..read]);
            }
            else if (read == 0 && !half.Broken)
            {
                half.Ended = true;
            }
            else if (Errno.MustWait(read))
            {
                half.Readable = half.Draining = false;
            }
            else
            {
                half.SourceFailed = true;
            }
        }

        if (!half.Ended || half.Pending is not null || half.Shut) return;
        half.Shut = true;
        // When both have ended, closing says the same.
        if (!_up.Ended || !_down.Ended) Libc.ShutdownSend(half.Destination);
    }

    private void Pass(ref EpollHalf half, ReadOnlySpan<byte> piece)
    {
        ref var meter = ref half.Flow.Meter;
        var betweenFrames = meter.AtBoundary;
        var closePassed = meter.SawClose;
        var whole = meter.Add(piece);
        _connection.Touch(_loop.Now);
        if (meter.SawClose && !closePassed) _connection.NoteClose(half.Side);
        if (_closeCode == 0)
        {
            Send(ref half, piece);
        }
        else if (!half.SaidGoodbye)
        {
            // In the middle of a frame when the end was asked for: what completes it goes on, then the close frame, and nothing behind it.
            if (!betweenFrames) Send(ref half, whole > 0 ? piece[..whole] : piece);
            if (betweenFrames) WriteClose(ref half, closePassed);
            else if (whole > 0) WriteClose(ref half, meter.SawClose);
        }
    }

    private void SayGoodbye()
    {
        // Both before the first is written: an end that answers at once, with a code of its own, must not be heard first at the other.
        _closeCode = _connection.EndCode;
        if (_up.Flow.Meter.AtBoundary) WriteClose(ref _up, _up.Flow.Meter.SawClose);
        if (_down.Flow.Meter.AtBoundary) WriteClose(ref _down, _down.Flow.Meter.SawClose);
        _loop.CallAfter(this, _closeWait);
    }

    // Only one close frame may be in a direction: what counts is what has passed.
    private void WriteClose(ref EpollHalf half, bool closePassed)
    {
        half.SaidGoodbye = true;
        if (closePassed || half.Shut) return;
        Span<byte> frame = stackalloc byte[CloseFrame.MostBytes];
        Send(ref half, frame[..CloseFrame.Write(frame, _closeCode, masked: half.Side == TunnelEnd.ClientClosed)]);
    }

    private void Send(ref EpollHalf half, ReadOnlySpan<byte> piece)
    {
        if (half.DestinationFailed) return;
        if (half.Pending is null)
        {
            var sent = Libc.Send(half.Destination, piece);
            if (sent == piece.Length) return;
            if (sent >= 0) piece = piece[sent..];
            else if (!Errno.MustWait(sent))
            {
                Refused(ref half, sent);
                return;
            }
        }

        Keep(ref half, piece);
    }

    private void Keep(ref EpollHalf half, ReadOnlySpan<byte> piece)
    {
        if (half.Pending is not { } pending)
        {
            half.Pending = pending = ArrayPool<byte>.Shared.Rent(piece.Length + CloseFrame.MostBytes);
            (half.PendingAt, half.PendingEnd) = (0, 0);
        }
        else if (pending.Length - half.PendingEnd < piece.Length)
        {
            // Only what was carried over from the handshakes and a close frame can meet something that waits.
            var larger = ArrayPool<byte>.Shared.Rent(half.PendingEnd + piece.Length + CloseFrame.MostBytes);
            pending.AsSpan(0, half.PendingEnd).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(pending);
            half.Pending = pending = larger;
        }

        if (!half.WatchesWriting)
        {
            // Asking tells at once what is so already: no edge is missed.
            half.WatchesWriting = true;
            _loop.Watch(half.Destination, half.Slot, EpollLoop.ReadingAndWriting);
        }

        piece.CopyTo(pending.AsSpan(half.PendingEnd));
        half.PendingEnd += piece.Length;
        half.Flow.HeldBytes = half.PendingEnd - half.PendingAt;
    }

    // True when nothing waits any more.
    private bool Drain(ref EpollHalf half)
    {
        while (half.PendingAt < half.PendingEnd)
        {
            var sent = Libc.Send(half.Destination, half.Pending.AsSpan(half.PendingAt, half.PendingEnd - half.PendingAt));
            if (sent < 0)
            {
                if (!Errno.MustWait(sent)) Refused(ref half, sent);
                return false;
            }

            half.PendingAt += sent;
            half.Flow.HeldBytes = half.PendingEnd - half.PendingAt;
        }

        Drop(ref half);
        return true;
    }

    private void Refused(ref EpollHalf half, int result)
    {
        half.DestinationFailed = true;
        if (result != -Errno.ConnectionReset) return;
        ref var back = ref half.Side == TunnelEnd.ClientClosed ? ref _down : ref _up;
        back.Broken = true;
    }

    private static void Drop(ref EpollHalf half)
    {
        if (half.Pending is null) return;
        ArrayPool<byte>.Shared.Return(half.Pending);
        half.Pending = null;
        half.Flow.HeldBytes = 0;
    }

    // What follows from what happened: nothing in the life of a tunnel but its last moments.
    private void Settle()
    {
        if (_over || (_closeCode == 0 && !_up.IsUnsettled && !_down.IsUnsettled)) return;

        // 1. An end is gone both ways. One that takes no more may have said why: what it sent goes on first.
        if (_up.SourceFailed || _down.SourceFailed || _up.DestinationFailed || _down.DestinationFailed)
        {
            if (_up.DestinationFailed) PassLastWords(ref _down);
            if (_down.DestinationFailed) PassLastWords(ref _up);
            _connection.NoteEnd(
                _up.SourceFailed ? TunnelEnd.ClientError
                : _down.SourceFailed ? TunnelEnd.ServerError
                : _down.DestinationFailed ? _up.Ended ? TunnelEnd.ClientClosed : TunnelEnd.ClientError
                : _down.Ended ? TunnelEnd.ServerClosed : TunnelEnd.ServerError);
            Finish();
            return;
        }

        // 2. We asked for the end, and both have answered.
        if (_closeCode != 0)
        {
            if (_up.IsAnswered && _down.IsAnswered) Finish();
            return;
        }

        // 3. A FIN: the other half stays open for the rest, as long as there is any. Behind two close frames there is none (RFC 6455, 5.5.1).
        _connection.NoteEnd(_up.Ended ? TunnelEnd.ClientClosed : TunnelEnd.ServerClosed);
        if ((_up.Shut && _down.Shut) || (BothSaidClose && (_up.Shut || _down.Shut) && _up.Pending is null && _down.Pending is null)) Finish();
        else if (!IsListed) _loop.CallAfter(this, _restWait);
    }

    // The event that tells of them may be later in this batch: read without being told.
    private void PassLastWords(ref EpollHalf half)
    {
        half.Readable = half.Draining = true;
        Pump(ref half);
        half.SourceFailed |= half.Broken;
    }

    private void Finish()
    {
        _over = true;
        DueAt = 0;
        _loop.Release(_clientSlot);
        _loop.Release(_serverSlot);

        // Who was told goodbye in order gets a FIN; who was cut off by the other's failure, or does not take what waits for it, a reset.
        Close(_up.Source, _down.Pending is not null || (_down.SourceFailed && !_down.Flow.Meter.SawClose));
        Close(_down.Source, _up.Pending is not null || (_up.SourceFailed && !_up.Flow.Meter.SawClose));
        Drop(ref _up);
        Drop(ref _down);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Close(int fd, bool reset)
    {
        if (reset) Libc.CloseWithReset(fd);
        else Libc.Close(fd);
        _loops.Closed();
    }
}

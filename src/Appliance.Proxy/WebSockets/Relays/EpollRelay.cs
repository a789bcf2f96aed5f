using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>
/// Carries a tunnel over two sockets on an event loop. An idle tunnel holds this object and no buffer: bytes are read into the loop's own,
/// counted there and sent on from there; only what a slow end does not take is copied aside, and its source is not read until that is gone.
/// At most <see cref="EpollLoop.RoomBytes"/> and a close frame wait in a direction. Hot path: no allocation, no lock, one recv and one send
/// a piece.
/// </summary>
internal sealed class EpollRelay : EpollHandler, ITunnelRelay, IThreadPoolWorkItem
{
    // After so many full buffers in a row the others get their turn.
    private const int MostReads = 8;

    // How long an end that may still send its rest may be silent.
    private static readonly TimeSpan _restWait = TimeSpan.FromSeconds(30);

    private readonly EpollLoops _loops;
    private readonly EpollLoop _loop;
    private readonly TunnelLife _life;
    private readonly LiveConnection _connection;
    private readonly TimeProvider _time;
    private int _clientSlot;
    private int _serverSlot;
    private EpollHalf _up;
    private EpollHalf _down;
    private bool _catchUp;
    private CloseOrder? _leaving;
    private long _endAt;
    private int _pingDue;
    private bool _again;
    private bool _started;
    private int _over;

    /// <summary>Made before any socket is taken: what fails here has nothing to give back.</summary>
    public EpollRelay(EpollLoops loops, EpollLoop loop, TunnelLife life, EpollTls? clientTls = null)
    {
        Faults.Allocating();
        (_loops, _loop, _life, _connection, _time) = (loops, loop, life, life.Connection, loops.Time);
        _up = new EpollHalf
        {
            Side = TunnelEnd.ClientClosed,
            Flow = _connection.FromClient,
            SourceTls = clientTls,
        };
        _down = new EpollHalf
        {
            Side = TunnelEnd.ServerClosed,
            Flow = _connection.FromServer,
            DestinationTls = clientTls,
        };
    }

    /// <summary>
    /// Takes both sockets over, and passes on what was read behind the two heads; <see cref="HandOver"/> follows. Never throws.
    /// </summary>
    public void Take(
        (int Fd, int Slot) client,
        ReadOnlySpan<byte> behindClientHead,
        (int Fd, int Slot) server,
        ReadOnlySpan<byte> behindServerHead
    )
    {
        (_clientSlot, _up.Source, _down.Destination, _down.Slot) = (client.Slot, client.Fd, client.Fd, client.Slot);
        (_serverSlot, _down.Source, _up.Destination, _up.Slot) = (server.Slot, server.Fd, server.Fd, server.Slot);
        try
        {
            if (client.Fd < 0 || server.Fd < 0)
                throw new InvalidOperationException("A socket was taken that its owner does not give.");
            if (behindServerHead.Length > 0)
                Pass(ref _down, behindServerHead);
            if (behindClientHead.Length > 0)
                Pass(ref _up, behindClientHead);
        }
        catch (Exception failed)
        {
            // Nobody else has the sockets, or would end the tunnel.
            Fail();
            Say(failed);
        }
    }

    /// <summary>
    /// Lets the loop carry the rest. The loop is not even woken when neither end has said anything meanwhile, which is the ordinary case.
    /// Never throws.
    /// </summary>
    public void HandOver(EpollSocket client, EpollSocket server)
    {
        if (IsOver)
            return;
        _connection.Relay = RelayKind.Epoll;

        // From the first of these on the loop's thread owns everything here.
        var busy = _up.IsHeld || _down.IsHeld || _up.DestinationFailed || _down.DestinationFailed || Earliest != 0;
        _started = true;
        // What TLS has read ahead is told by no edge.
        var news = client.HandOver(_clientSlot, this, second: false) || _up.SourceTls is not null;
        news |= server.HandOver(_serverSlot, this, second: true);
        Volatile.Write(ref _catchUp, news);

        // A loop that has failed meanwhile tells nobody anything: posting to it ends the tunnel.
        if (news || busy || !_loop.IsServing)
            _loop.Post(this);
        _connection.CarriedBy(this);
    }

    /// <inheritdoc/>
    public void EndRequested() => _loop.Post(this);

    /// <inheritdoc/>
    public void PingDue()
    {
        Volatile.Write(ref _pingDue, 1);
        _loop.Post(this);
    }

    /// <inheritdoc/>
    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        // Its descriptors' numbers may be another connection's by now.
        if (IsOver)
            return;

        // An end is the source of one direction and the destination of the other.
        ref var reading = ref second ? ref _down : ref _up;
        ref var writing = ref second ? ref _up : ref _down;
        // No other edge tells of an end, or of what is behind urgent data: a read stops in front of that, however much there is.
        var drain = (events & (EpollEvents.PeerEnded | EpollEvents.HangUp | EpollEvents.Error | EpollEvents.Urgent)) != 0;
        if (drain || reading.Draining || (events & EpollEvents.In) != 0)
            reading.Wake(drain);

        // An edge of a writable socket comes with every message, too; it matters to who waits for it.
        if (writing.IsHeld)
            Pump(ref writing);
        Pump(ref reading);

        // Who is not read now would be found gone only when it is read again.
        if ((events & EpollEvents.Error) != 0 && (reading.IsHeld || reading.PausedUntil != 0))
            reading.SourceFailed = true;
        Settle();
    }

    /// <inheritdoc/>
    public override void OnTurn(EpollLoop loop)
    {
        _again = false;
        if (IsOver)
            return;
        if (_catchUp)
        {
            // Edges that came before were told to the sockets' old handlers.
            _catchUp = false;
            _up.Wake(drain: true);
            _down.Wake(drain: true);
        }

        if (Interlocked.Exchange(ref _pingDue, 0) != 0)
            PingBoth();
        SayGoodbye();
        Pump(ref _up);
        Pump(ref _down);
        Settle();
        CallAgain();
    }

    /// <inheritdoc/>
    public override void OnDue(EpollLoop loop)
    {
        if (IsOver)
            return;
        Resume(ref _up);
        Resume(ref _down);
        if (_endAt != 0 && _endAt <= loop.Now)
        {
            // Nobody asked for the end: who still sends may go on.
            if (_leaving is null && _connection.IdleFor < _restWait)
                EndBy(_restWait - _connection.IdleFor);
            else
                Finish();
        }

        Settle();
        CallAgain();
    }

    /// <inheritdoc/>
    public override void OnAbandoned(EpollLoop loop)
    {
        if (IsOver)
            return;
        if (loop.IsStopping)
            _connection.NoteEnd(TunnelEnd.Shutdown);
        Fail();
    }

    /// <summary>Gives back what the tunnel held, on the thread pool: the loop must not log.</summary>
    void IThreadPoolWorkItem.Execute() => _life.End(opened: true);

    private bool IsOver => Volatile.Read(ref _over) != 0;

    private bool BothSaidClose => _up.Flow.Meter.SawClose && _down.Flow.Meter.SawClose;

    private void Pump(ref EpollHalf half)
    {
        if (IsOver)
            return;
        if (half.IsHeld)
            half.Drain();
        if (half.IsHeld)
            return;
        for (var reads = 0; half.MayRead; reads++)
        {
            if (reads == MostReads)
            {
                if (!_again)
                    _loop.Again(this);
                _again = true;
                return;
            }

            var room = _loop.Room;
            var read = half.Receive(room);
            if (read > 0)
            {
                // Less than there was room for: the socket is empty, and the next edge tells when it is not (epoll(7)). TLS may have opened
                // more.
                if (read < room.Length && !half.Draining && half.SourceTls is null)
                    half.Readable = false;
                Pass(ref half, room.Span[..read]);
            }
            else if (read == 0 && !Back(ref half).SawReset)
            {
                half.Ended = true;
                if (half.Flow.Gate is { HeldBytes: > 0 } gate)
                    half.Pass(_loop, _connection, _leaving, gate.TakeHeld());
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

        if (!half.IsSaid)
            return;
        // When both have ended, closing says the same.
        if (!half.Shut)
            half.ShutDown(_loop, closeFollows: _up.Ended && _down.Ended);
        else
            half.SendEnd();
    }

    private void Pass(ref EpollHalf half, ReadOnlySpan<byte> piece)
    {
        if (_connection.IsGuarded || half.Flow.Gate is not null)
            Judge(ref half, piece);
        else
            half.Pass(_loop, _connection, _leaving, piece);
    }

    private void Judge(ref EpollHalf half, ReadOnlySpan<byte> piece)
    {
        if (_leaving is not null)
        {
            // Nothing goes on any more but the rest of a frame, and that is not held back.
            if (half.Flow.Gate is { HeldBytes: > 0 } holding)
                half.Pass(_loop, _connection, _leaving, holding.TakeHeld());
            half.Pass(_loop, _connection, _leaving, piece);
            return;
        }

        // A gate can only begin between two frames: what has begun goes on as it was.
        while (half.Flow.Gate is null && !half.Flow.Meter.AtBoundary && !piece.IsEmpty)
        {
            var part = Math.Min(half.Flow.Meter.MostInFrame, piece.Length);
            half.Pass(_loop, _connection, _leaving, piece[..part]);
            piece = piece[part..];
        }

        if (piece.IsEmpty || half.Guard(_connection, _time) is not { } gate)
            return;
        var result = gate.Filter(piece, _loop.Now);
        if (result.Copy is not null)
            piece = result.Copy.AsSpan(0, result.End);
        if (result.Pass > 0)
            half.Pass(_loop, _connection, _leaving, piece[..result.Pass]);
        if (result.Pause > TimeSpan.Zero)
            Pause(ref half, result.Pause);
        if (result.Order is null)
            return;

        // Both ends hear of it before anything else of this piece is looked at; what is left of it is only read for the answer.
        _connection.RequestEnd(result.Order);
        SayGoodbye();
        half.Pass(_loop, _connection, _leaving, piece[result.Pass..result.End]);
    }

    private void Pause(ref EpollHalf half, TimeSpan time)
    {
        half.PausedUntil = _loop.Now + (long)(FrameGate.Part(time).TotalSeconds * _time.TimestampFrequency);
        CallAgain();
    }

    private void Resume(ref EpollHalf half)
    {
        if (half.PausedUntil == 0 || (half.PausedUntil > _loop.Now && _leaving is null))
            return;
        half.PausedUntil = 0;
        if (_leaving is null && half.Flow.Gate?.Owed(_loop.Now) is { Ticks: > 0 } rest)
            Pause(ref half, rest);
        else
            Pump(ref half);
    }

    // What is waited for first, as a timestamp; 0: nothing.
    private long Earliest => Sooner(_endAt, Sooner(_up.PausedUntil, _down.PausedUntil));

    private static long Sooner(long time, long other) => time == 0 || other == 0 ? time + other : Math.Min(time, other);

    // One timer for all that waits, and the loop's list is its thread's: before the start there is none yet.
    private void CallAgain()
    {
        if (!_started || IsOver || Earliest is not (not 0 and var at) || (IsListed && DueAt != 0 && DueAt <= at))
            return;
        _loop.CallAfter(this, _time.GetElapsedTime(_loop.Now, at));
    }

    private void SayGoodbye()
    {
        // Both before the first is written: an end that answers immediately, with a code of its own, must not be heard first at the other.
        if (_leaving is not null || _connection.Order is not { } order)
            return;
        _leaving = order;
        if (_up.Flow.Meter.AtBoundary)
            _up.WriteClose(_loop, order, _up.Flow.Meter.SawClose);
        if (_down.Flow.Meter.AtBoundary)
            _down.WriteClose(_loop, order, _down.Flow.Meter.SawClose);
        (_up.PausedUntil, _down.PausedUntil) = (0, 0);
        EndBy(order.Deadline);
    }

    private void EndBy(TimeSpan time)
    {
        _endAt = _loop.Now + (long)(time.TotalSeconds * _time.TimestampFrequency);
        CallAgain();
    }

    private void PingBoth()
    {
        _up.Guard(_connection, _time);
        _down.Guard(_connection, _time);
        Ping(ref _up, ref _down, PolicyOrders.ClientSilent);
        Ping(ref _down, ref _up, PolicyOrders.ServerSilent);
    }

    private void Ping(ref EpollHalf from, ref EpollHalf to, CloseOrder dead)
    {
        if (from.Flow.Gate is not { } gate)
            return;
        if (from.IsHeld || from.PausedUntil != 0)
        {
            gate.Excuse(_loop.Now);
            return;
        }

        // Who has something of ours waiting has not stopped listening, as far as we can know.
        if (!to.Flow.Meter.AtBoundary || to.IsHeld || to.IsUnsettled || to.Flow.Meter.SawClose)
            return;
        if (gate.IsDead(_connection.Policy, _loop.Now, out var token))
            _connection.RequestEnd(dead);
        if (token is null)
            return;
        Span<byte> frame = stackalloc byte[PingFrame.MostBytes];
        to.Send(_loop, frame[..PingFrame.Write(frame, token.Value, masked: to.Side == TunnelEnd.ClientClosed)]);
        from.Flow.OwnPings++;
    }

    // What follows from what happened: nothing in the life of a tunnel but its last moments.
    private void Settle()
    {
        if (IsOver || (_leaving is null && !_up.IsUnsettled && !_down.IsUnsettled))
            return;

        // 1. An end is gone both ways. One that takes no more may have said why: what it sent goes on first.
        if (_up.SourceFailed || _down.SourceFailed || _up.DestinationFailed || _down.DestinationFailed)
        {
            if (_up.DestinationFailed)
                PassLastWords(ref _down);
            if (_down.DestinationFailed)
                PassLastWords(ref _up);
            _connection.NoteEnd(
                _up.SourceFailed ? TunnelEnd.ClientError
                : _down.SourceFailed ? TunnelEnd.ServerError
                : _down.DestinationFailed
                    ? _up.Ended ? TunnelEnd.ClientClosed
                        : TunnelEnd.ClientError
                : _down.Ended ? TunnelEnd.ServerClosed
                : TunnelEnd.ServerError
            );
            Finish();
            return;
        }

        // 2. We asked for the end, and both have answered.
        if (_leaving is not null)
        {
            if (_up.IsAnswered && _down.IsAnswered)
                Finish();
            return;
        }

        // 3. A FIN: the other half stays open for the rest, as long as there is any. Behind two close frames there is none (RFC 6455,
        // 5.5.1).
        _connection.NoteEnd(_up.Ended ? TunnelEnd.ClientClosed : TunnelEnd.ServerClosed);
        // What waits for an end goes first, and be it only TLS's goodbye: closing would drop it.
        var allGone = !_up.IsHeld && !_down.IsHeld;
        if (allGone && ((_up.Shut && _down.Shut) || (BothSaidClose && (_up.Shut || _down.Shut))))
            Finish();
        else if (_endAt == 0 && _connection.IsWebSocket)
            EndBy(_restWait);
    }

    // The event that tells of them may be later in this batch: read without being told.
    private void PassLastWords(ref EpollHalf half)
    {
        half.Wake(drain: true);
        Pump(ref half);
        half.SourceFailed |= Back(ref half).SawReset;
    }

    // The other direction of the same two ends.
    private ref EpollHalf Back(ref EpollHalf half) => ref half.Side == TunnelEnd.ClientClosed ? ref _down : ref _up;

    // Our own failure, and nobody else's: neither a drain nor an end that broke.
    private void Fail()
    {
        _connection.NoteEnd(TunnelEnd.Failed);
        _up.SourceFailed = _down.SourceFailed = true;
        Finish();
    }

    private void Say(Exception failed)
    {
        try
        {
            _loops.Log.HandlerFailed(failed, nameof(EpollRelay));
        }
        catch (Exception)
        {
            // Going on is right: the tunnel is over already.
        }
    }

    // Once, on whatever thread. Every step is taken, whatever the one before it threw: what stays here stays for good.
    private void Finish()
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
            return;
        DueAt = 0;
        if (_clientSlot >= 0)
            _loop.Release(_clientSlot);
        if (_serverSlot >= 0)
            _loop.Release(_serverSlot);

        // Who was told goodbye in order gets a FIN; who was cut off by the other's failure, or does not take what waits for it, a reset.
        _up.CloseSource(_loops, reset: _down.IsHeld || (_down.SourceFailed && !_down.Flow.Meter.SawClose));
        _down.CloseSource(_loops, reset: _up.IsHeld || (_up.SourceFailed && !_up.Flow.Meter.SawClose));
        try
        {
            _up.Drop();
            _down.Drop();
        }
        catch (Exception)
        {
            // Going on is right: the pool does without the buffer.
        }

        GiveBack();
    }

    private void GiveBack()
    {
        try
        {
            Faults.Allocating();
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (Exception)
        {
            // The pool takes no work for lack of memory: then here and now. The line in the log may hold the loop up, once.
            _life.End(opened: true);
        }
    }
}

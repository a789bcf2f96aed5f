using System.Buffers;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>One direction of a tunnel over two sockets. A mutable struct in its relay; only the loop's thread touches it.</summary>
internal struct EpollHalf
{
    /// <summary>The descriptor that is read.</summary>
    public int Source;

    /// <summary>The descriptor that is written.</summary>
    public int Destination;

    /// <summary>The TLS over the source, or null.</summary>
    public EpollTls? SourceTls;

    /// <summary>The TLS over the destination, or null.</summary>
    public EpollTls? DestinationTls;

    /// <summary>The destination's slot in the loop.</summary>
    public int Slot;

    /// <summary>The loop tells when the destination can be written again: from the first time on that it could not.</summary>
    public bool WatchesWriting;

    /// <summary>Whose close frame passes here.</summary>
    public TunnelEnd Side;

    /// <summary>Counts what has passed in this direction.</summary>
    public TunnelFlow Flow;

    /// <summary>What the destination did not take yet; TLS keeps that itself. Rented.</summary>
    public byte[]? Pending;

    /// <summary>Where in <see cref="Pending"/> the unsent begins.</summary>
    public int PendingAt;

    /// <summary>Where in <see cref="Pending"/> the unsent ends.</summary>
    public int PendingEnd;

    /// <summary>The source may have something: not known to be empty since the last edge.</summary>
    public bool Readable;

    /// <summary>The source's end was told, or may have been, or urgent data: read until the end is reached, or nothing is there.</summary>
    public bool Draining;

    /// <summary>The source's FIN was read.</summary>
    public bool Ended;

    /// <summary>And passed on, or about to be: behind what the destination has not taken yet (<see cref="OwesEnd"/>).</summary>
    public bool Shut;

    /// <summary>The destination has not got its FIN, because something waits in front of it: sent when that has gone.</summary>
    public bool OwesEnd;

    /// <summary>Our own close frame, or theirs, was the last to go here: nothing else may follow.</summary>
    public bool SaidGoodbye;

    /// <summary>
    /// Writing was told of the destination's reset, and the kernel tells an error once: where reading from there finds the end, it is no
    /// FIN.
    /// </summary>
    public bool SawReset;

    /// <summary>True once reading from the source has failed.</summary>
    public bool SourceFailed;

    /// <summary>True once writing to the destination has failed.</summary>
    public bool DestinationFailed;

    /// <summary>Nothing is read from the source before this timestamp: it sent more than its route allows. 0: no pause.</summary>
    public long PausedUntil;

    /// <summary>True while something waits for the destination; the source is not read then.</summary>
    public readonly bool IsHeld => Pending is not null || DestinationTls is { HeldBytes: > 0 };

    /// <summary>True when this direction has nothing left to do at an end that we asked for.</summary>
    public readonly bool IsAnswered => !IsHeld && (Ended || (SaidGoodbye && Flow.Meter.SawClose));

    /// <summary>True when nothing more goes on here, and its destination can be told so.</summary>
    public readonly bool IsSaid => (Ended || (SaidGoodbye && Flow.Meter.IsRaw)) && !IsHeld;

    /// <summary>True when something besides bytes has happened here.</summary>
    public readonly bool IsUnsettled => Ended || SourceFailed || DestinationFailed;

    /// <summary>True while the source may be read.</summary>
    public readonly bool MayRead => Readable && !IsUnsettled && !IsHeld && PausedUntil == 0;

    /// <summary>
    /// The direction's gate. A missing one is made when the direction stands between two frames; null in the middle of a frame.
    /// </summary>
    public readonly FrameGate? Guard(LiveConnection connection, TimeProvider time)
    {
        if (Flow.Gate is null && Flow.Meter.AtBoundary)
            Flow.Gate = new FrameGate(connection, time, Side == TunnelEnd.ClientClosed);
        return Flow.Gate;
    }

    /// <summary>Reads what is there: how much, 0 at the end, or a negated errno.</summary>
    public readonly int Receive(Memory<byte> room) => SourceTls is null ? Libc.Receive(Source, room.Span) : SourceTls.Receive(room);

    /// <summary>The source may have something; with <paramref name="drain"/> it is read until nothing is there.</summary>
    public void Wake(bool drain)
    {
        Readable = true;
        Draining |= drain;
        SourceTls?.Wake(drain);
    }

    /// <summary>
    /// Says to the destination that no more will come: in TLS's own way, and by a FIN behind that, unless closing will say the same. What
    /// the socket does not take is held, and the FIN waits for it.
    /// </summary>
    public void ShutDown(EpollLoop loop, bool closeFollows)
    {
        Shut = true;
        DestinationTls?.SayGoodbye();
        OwesEnd = !closeFollows;
        if (IsHeld)
            Watch(loop);
        SendEnd();
    }

    /// <summary>Sends the FIN that is owed, once nothing waits in front of it.</summary>
    public void SendEnd()
    {
        if (!OwesEnd || IsHeld)
            return;
        OwesEnd = false;
        if (Libc.ShutdownSend(Destination) < 0)
            DestinationFailed = true;
    }

    /// <summary>
    /// Counts and sends. Once the connection is <paramref name="leaving"/>, only the rest of a frame that has begun, and then the close
    /// frame.
    /// </summary>
    public void Pass(EpollLoop loop, LiveConnection connection, CloseOrder? leaving, ReadOnlySpan<byte> piece)
    {
        connection.Touch(loop.Now);
        if (leaving is null)
        {
            Count(connection, piece);
            Send(loop, piece);
            return;
        }

        // However much has come immediately: what follows the frame was not judged by anybody.
        while (!SaidGoodbye && !Flow.Meter.AtBoundary && !piece.IsEmpty)
        {
            var rest = piece[..Math.Min(Flow.Meter.MostInFrame, piece.Length)];
            Count(connection, rest);
            Send(loop, rest);
            piece = piece[rest.Length..];
        }

        if (!SaidGoodbye && Flow.Meter.AtBoundary)
            WriteClose(loop, leaving, Flow.Meter.SawClose);
        Count(connection, piece);
    }

    /// <summary>Says goodbye. Only one close frame may be in a direction: what counts is what has passed.</summary>
    public void WriteClose(EpollLoop loop, CloseOrder order, bool closePassed)
    {
        SaidGoodbye = true;
        // Bytes that are no frames have no other goodbye than the end: the relay says it when nothing waits.
        if (closePassed || Shut || Flow.Meter.IsRaw)
            return;
        Span<byte> frame = stackalloc byte[CloseFrame.MostBytes];
        Send(loop, frame[..CloseFrame.Write(frame, order, masked: Side == TunnelEnd.ClientClosed)]);
    }

    /// <summary>Sends, and keeps what the destination does not take.</summary>
    public void Send(EpollLoop loop, ReadOnlySpan<byte> piece)
    {
        if (DestinationFailed || piece.IsEmpty)
            return;
        if (DestinationTls is not null)
        {
            Sent(DestinationTls.Send(piece));
            if (IsHeld)
                Watch(loop);
            return;
        }

        if (Pending is null)
        {
            var sent = Libc.Send(Destination, piece);
            if (sent == piece.Length)
                return;
            if (sent >= 0)
            {
                piece = piece[sent..];
            }
            else if (!Errno.MustWait(sent))
            {
                Refused(sent);
                return;
            }
        }

        Keep(loop, piece);
    }

    /// <summary>Sends what was kept; nothing is held when all of it went.</summary>
    public void Drain()
    {
        if (DestinationTls is not null)
        {
            Sent(DestinationTls.SendHeld());
            return;
        }

        while (PendingAt < PendingEnd)
        {
            var sent = Libc.Send(Destination, Pending.AsSpan(PendingAt, PendingEnd - PendingAt));
            if (sent < 0)
            {
                if (!Errno.MustWait(sent))
                    Refused(sent);
                return;
            }

            PendingAt += sent;
            Flow.HeldBytes = PendingEnd - PendingAt;
        }

        Drop();
    }

    /// <summary>Gives up what was kept.</summary>
    public void Drop()
    {
        if (Pending is null)
            return;
        ArrayPool<byte>.Shared.Return(Pending);
        Pending = null;
        Flow.HeldBytes = 0;
    }

    private readonly void Count(LiveConnection connection, ReadOnlySpan<byte> piece)
    {
        ref var meter = ref Flow.Meter;
        var closePassed = meter.SawClose;
        meter.Add(piece);
        if (meter.SawClose && !closePassed)
            connection.NoteClose(Side);
    }

    private void Sent(int result)
    {
        if (result < 0)
            Refused(result);
        Flow.HeldBytes = DestinationTls?.HeldBytes ?? 0;
    }

    private void Watch(EpollLoop loop)
    {
        if (WatchesWriting)
            return;
        // Asking tells immediately what is so already: no edge is missed.
        WatchesWriting = true;

        // What the kernel does not watch would wait without end.
        if (loop.Watch(Destination, Slot, EpollLoop.ReadingAndWriting) < 0)
            DestinationFailed = true;
    }

    private void Refused(int result)
    {
        DestinationFailed = true;
        SawReset |= result == -Errno.ConnectionReset;
    }

    private void Keep(EpollLoop loop, ReadOnlySpan<byte> piece)
    {
        if (Pending is null)
        {
            Faults.Allocating();
            Pending = ArrayPool<byte>.Shared.Rent(piece.Length + CloseFrame.MostBytes);
            (PendingAt, PendingEnd) = (0, 0);
        }
        else if (Pending.Length - PendingEnd < piece.Length)
        {
            // Only what was carried over from the handshakes, a ping and a close frame can meet something that waits.
            Faults.Allocating();
            var larger = ArrayPool<byte>.Shared.Rent(PendingEnd + piece.Length + CloseFrame.MostBytes);
            Pending.AsSpan(0, PendingEnd).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Pending);
            Pending = larger;
        }

        Watch(loop);
        piece.CopyTo(Pending.AsSpan(PendingEnd));
        PendingEnd += piece.Length;
        Flow.HeldBytes = PendingEnd - PendingAt;
    }

    /// <summary>
    /// Closes the socket that was read: in order, or by a reset when what waits for its peer cannot be said any more. Once.
    /// </summary>
    public void CloseSource(EpollLoops loops, bool reset)
    {
        if (Source < 0)
            return;
        try
        {
            if (!reset)
                SourceTls?.SayGoodbye();
            SourceTls?.Free();
        }
        finally
        {
            if (reset)
                Libc.CloseWithReset(Source);
            else
                Libc.Close(Source);
            loops.Closed();
        }
    }
}

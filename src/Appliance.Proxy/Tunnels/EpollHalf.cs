using System.Buffers;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tunnels;

/// <summary>One direction of a tunnel over two sockets. A mutable struct in its relay; only the loop's thread touches it.</summary>
internal struct EpollHalf
{
    /// <summary>The descriptor that is read.</summary>
    public int Source;

    /// <summary>The descriptor that is written.</summary>
    public int Destination;

    /// <summary>The destination's slot in the loop.</summary>
    public int Slot;

    /// <summary>The loop tells when the destination can be written again: from the first time on that it could not.</summary>
    public bool WatchesWriting;

    /// <summary>Whose close frame passes here.</summary>
    public TunnelEnd Side;

    /// <summary>What has passed.</summary>
    public TunnelFlow Flow;

    /// <summary>What the destination did not take yet; while there is any, the source is not read. Rented.</summary>
    public byte[]? Pending;

    /// <summary>Where in <see cref="Pending"/> the unsent begins.</summary>
    public int PendingAt;

    /// <summary>Where it ends.</summary>
    public int PendingEnd;

    /// <summary>The source may have something: not known to be empty since the last edge.</summary>
    public bool Readable;

    /// <summary>The source's end was told, or may have been: read until it is reached, or nothing is there.</summary>
    public bool Draining;

    /// <summary>The source's FIN was read.</summary>
    public bool Ended;

    /// <summary>And passed on.</summary>
    public bool Shut;

    /// <summary>Our own close frame, or theirs, was the last to go here: nothing else may follow.</summary>
    public bool SaidGoodbye;

    /// <summary>The source's reset was told to a write, and the kernel tells an error once: where reading finds the end, it is no FIN.</summary>
    public bool Broken;

    /// <summary>Reading failed.</summary>
    public bool SourceFailed;

    /// <summary>Writing failed.</summary>
    public bool DestinationFailed;

    /// <summary>Nothing is read from the source before this timestamp: it sent more than its route allows. 0: no pause.</summary>
    public long PausedUntil;

    /// <summary>True when this direction has nothing left to do at an end that we asked for.</summary>
    public readonly bool IsAnswered => Pending is null && (Ended || (SaidGoodbye && Flow.Meter.SawClose));

    /// <summary>True when something besides bytes has happened here.</summary>
    public readonly bool IsUnsettled => Ended || SourceFailed || DestinationFailed;

    /// <summary>True while the source may be read.</summary>
    public readonly bool MayRead => Readable && !IsUnsettled && Pending is null && PausedUntil == 0;

    /// <summary>Sends, and keeps what the destination does not take. Returns the negated errno of a destination that is gone, else 0.</summary>
    public int Send(EpollLoop loop, ReadOnlySpan<byte> piece)
    {
        if (DestinationFailed || piece.IsEmpty) return 0;
        if (Pending is null)
        {
            var sent = Libc.Send(Destination, piece);
            if (sent == piece.Length) return 0;
            if (sent >= 0) piece = piece[sent..];
            else if (!Errno.MustWait(sent)) return Refused(sent);
        }

        Keep(loop, piece);
        return 0;
    }

    /// <summary>Sends what was kept; <see cref="Pending"/> is null when all of it went. Returns as <see cref="Send"/>.</summary>
    public int Drain()
    {
        while (PendingAt < PendingEnd)
        {
            var sent = Libc.Send(Destination, Pending.AsSpan(PendingAt, PendingEnd - PendingAt));
            if (sent < 0) return Errno.MustWait(sent) ? 0 : Refused(sent);
            PendingAt += sent;
            Flow.HeldBytes = PendingEnd - PendingAt;
        }

        Drop();
        return 0;
    }

    /// <summary>Gives up what was kept.</summary>
    public void Drop()
    {
        if (Pending is null) return;
        ArrayPool<byte>.Shared.Return(Pending);
        Pending = null;
        Flow.HeldBytes = 0;
    }

    private int Refused(int result)
    {
        DestinationFailed = true;
        return result;
    }

    private void Keep(EpollLoop loop, ReadOnlySpan<byte> piece)
    {
        if (Pending is null)
        {
            Pending = ArrayPool<byte>.Shared.Rent(piece.Length + CloseFrame.MostBytes);
            (PendingAt, PendingEnd) = (0, 0);
        }
        else if (Pending.Length - PendingEnd < piece.Length)
        {
            // Only what was carried over from the handshakes, a ping and a close frame can meet something that waits.
            var larger = ArrayPool<byte>.Shared.Rent(PendingEnd + piece.Length + CloseFrame.MostBytes);
            Pending.AsSpan(0, PendingEnd).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Pending);
            Pending = larger;
        }

        if (!WatchesWriting)
        {
            // Asking tells at once what is so already: no edge is missed.
            WatchesWriting = true;
            loop.Watch(Destination, Slot, EpollLoop.ReadingAndWriting);
        }

        piece.CopyTo(Pending.AsSpan(PendingEnd));
        PendingEnd += piece.Length;
        Flow.HeldBytes = PendingEnd - PendingAt;
    }
}

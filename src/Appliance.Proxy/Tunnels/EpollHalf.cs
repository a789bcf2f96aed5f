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

    /// <summary>True when this direction has nothing left to do at an end that we asked for.</summary>
    public readonly bool IsAnswered => Pending is null && (Ended || (SaidGoodbye && Flow.Meter.SawClose));

    /// <summary>True when something besides bytes has happened here.</summary>
    public readonly bool IsUnsettled => Ended || SourceFailed || DestinationFailed;
}

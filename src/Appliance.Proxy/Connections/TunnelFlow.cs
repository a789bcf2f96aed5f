using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.Connections;

/// <summary>One direction of a tunnel as readers see it. Written by the one pump of that direction; reading never holds it up.</summary>
public sealed class TunnelFlow
{
    private FrameMeter _meter;
    private int _heldBytes;

    /// <summary>What has passed so far.</summary>
    public FrameCounts Counts => _meter.Counts;

    /// <summary>The code of the first close frame; 1005 when it had none, 0 before one passed.</summary>
    public int CloseCode => _meter.SawClose ? _meter.CloseCode : 0;

    /// <summary>The reason of the first close frame, at most 123 bytes, or null.</summary>
    public string? CloseReason => _meter.SawClose ? _meter.CloseReason : null;

    /// <summary>
    /// Bytes that wait here because the receiving end does not take them; 0 in the ordinary case. While there are any, the sending end is
    /// not read. The stream relay leaves this to the streams and says 0.
    /// </summary>
    public int HeldBytes
    {
        get => Volatile.Read(ref _heldBytes);
        internal set => Volatile.Write(ref _heldBytes, value);
    }

    /// <summary>Pings that we sent ourselves to the end this comes from; their pongs are not passed on and not counted.</summary>
    public int OwnPings { get; internal set; }

    /// <summary>What judges frames before they go on, or null. Owned by the pump.</summary>
    internal FrameGate? Gate { get; set; }

    /// <summary>The meter, for the pump.</summary>
    internal ref FrameMeter Meter => ref _meter;
}

namespace Appliance.Proxy.Connections.Frames;

/// <summary>What passed in one direction of a WebSocket. Frames count when they are complete.</summary>
public readonly record struct FrameCounts
{
    /// <summary>All bytes, frame headers included.</summary>
    public long WireBytes { get; init; }

    /// <summary>Bytes of payload, as they are on the wire (compressed, if the ends agreed on that).</summary>
    public long PayloadBytes { get; init; }

    /// <summary>Complete messages: final text, binary and continuation frames.</summary>
    public long Messages { get; init; }

    /// <summary>Text frames: whole messages, or the first fragment of one.</summary>
    public long Text { get; init; }

    /// <summary>Binary frames: whole messages, or the first fragment of one.</summary>
    public long Binary { get; init; }

    /// <summary>Fragments behind the first one of a message.</summary>
    public long Continuation { get; init; }

    /// <summary>Ping frames that passed.</summary>
    public long Ping { get; init; }

    /// <summary>Pong frames that passed.</summary>
    public long Pong { get; init; }

    /// <summary>Close frames that passed.</summary>
    public long Close { get; init; }

    /// <summary>Frames with an opcode that RFC 6455 reserves.</summary>
    public long Other { get; init; }
}

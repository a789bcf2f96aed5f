namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>How a pump's direction ended.</summary>
internal enum PumpEnd
{
    /// <summary>The source sends no more (or answered our close frame).</summary>
    SourceEnded,

    /// <summary>Reading from the source failed.</summary>
    SourceFailed,

    /// <summary>Writing to the destination failed.</summary>
    DestinationFailed,
}

namespace Appliance.Proxy.Dialing;

/// <summary>A server could not be reached: nothing was sent, so another server may be asked.</summary>
public sealed class UpstreamConnectException : IOException
{
    /// <summary>With a sentence that names no address.</summary>
    public UpstreamConnectException(string message, bool timedOut, Exception? inner = null)
        : base(message, inner) => End = timedOut ? TryEnd.NotReachedInTime : TryEnd.NotReached;

    /// <summary>With how the try ended.</summary>
    internal UpstreamConnectException(string message, TryEnd end, Exception? inner = null)
        : base(message, inner) => End = end;

    /// <summary>True when time ran out, false when it was refused or its name is unknown.</summary>
    public bool TimedOut => End is TryEnd.NotReachedInTime;

    /// <summary>How the try ended.</summary>
    internal TryEnd End { get; }
}

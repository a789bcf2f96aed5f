namespace Appliance.Proxy.Upstreams;

/// <summary>A server could not be reached: nothing was sent, so another server may be asked.</summary>
public sealed class UpstreamConnectException : IOException
{
    /// <summary>With a sentence that names no address.</summary>
    public UpstreamConnectException(string message, bool timedOut, Exception? inner = null)
        : base(message, inner) => TimedOut = timedOut;

    /// <summary>True when time ran out, false when it was refused or its name is unknown.</summary>
    public bool TimedOut { get; }
}

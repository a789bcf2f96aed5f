using Appliance.Proxy.Dialing;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>
/// A server could not be used, before a complete answer of its was read: the next one may be tried. The message names no address.
/// </summary>
internal sealed class UpstreamException : Exception
{
    /// <summary>A failure with the exception that caused it.</summary>
    public UpstreamException(string reason, Exception cause)
        : base(reason, cause) { }

    /// <summary>A failure without an exception behind it.</summary>
    public UpstreamException(string reason, bool timedOut = false)
        : base(reason) => End = timedOut ? TryEnd.Late : TryEnd.NoAnswer;

    /// <summary>No connection came about.</summary>
    public UpstreamException(UpstreamConnectException away)
        : base(away.Message, away) => End = away.End;

    /// <summary>True when something of the request may have reached the server.</summary>
    public bool Sent { get; init; }

    /// <summary>How the try ended: whether the server is to blame, and what the client reads.</summary>
    public TryEnd End { get; init; } = TryEnd.NoAnswer;
}

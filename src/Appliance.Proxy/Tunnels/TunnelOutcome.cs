using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Tunnels;

/// <summary>How <see cref="WebSocketTunnel.RunAsync"/> ended.</summary>
/// <param name="FailureStatus">0: the response was written, or the client went away. Else 403, 429, 502, 503 or 504, and nothing was written yet.</param>
/// <param name="Reason">Why, for the log and our page; names no address.</param>
/// <param name="Refusal">Set when we refused the handshake ourselves.</param>
public readonly record struct TunnelOutcome(int FailureStatus, string? Reason, HandshakeRefusal? Refusal = null)
{
    /// <summary>What comes of a refusal.</summary>
    public static TunnelOutcome Refused(HandshakeRefusal refusal)
    {
        var (status, sentence) = HandshakeAdmission.Answer(refusal);
        return new TunnelOutcome(status, sentence, refusal);
    }
}

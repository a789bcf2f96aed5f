using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSockets.Handshake;

namespace Appliance.Proxy.WebSockets;

/// <summary>How <see cref="WebSocketTunnel.RunAsync"/> ended.</summary>
/// <param name="FailureStatus">0: the response was written, or the client went away. Else 403, 429, 502, 503 or 504, and nothing was
/// written yet.</param>
/// <param name="Reason">Why there was no tunnel, for the log, our page and the console; names no address. Null: there was one.</param>
/// <param name="Refusal">Set when we refused the handshake ourselves.</param>
public readonly record struct TunnelOutcome(int FailureStatus, string? Reason, HandshakeRefusal? Refusal = null)
{
    /// <summary>The status of a server's own answer that was passed on; 0 when there was none.</summary>
    public int Answered { get; init; }

    /// <summary>The server that was asked last, as configured, or null.</summary>
    public string? Server { get; init; }

    /// <summary>Whose no it was.</summary>
    internal HandshakeSide Side =>
        FailureStatus == 0 && Answered == 0 ? HandshakeSide.Client
        : Server is null ? HandshakeSide.Proxy
        : HandshakeSide.Server;

    /// <summary>What comes of a refusal.</summary>
    public static TunnelOutcome Refused(HandshakeRefusal refusal)
    {
        var (status, sentence) = HandshakeAdmission.Answer(refusal);
        return new TunnelOutcome(status, sentence, refusal);
    }
}

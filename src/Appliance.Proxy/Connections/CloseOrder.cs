using System.Text;

namespace Appliance.Proxy.Connections;

/// <summary>
/// Somebody besides the two ends wants a WebSocket over: what both ends are told, and how long they may take. One object may stand for
/// thousands.
/// </summary>
/// <param name="End">Why; what the list of ended connections says.</param>
/// <param name="Code">The close code for both ends (RFC 6455, 7.4); see <see cref="Fault"/>.</param>
/// <param name="Reason">The reason in the close frame, at most 123 bytes of UTF-8; null: none.</param>
public sealed record CloseOrder(TunnelEnd End, int Code, string? Reason = null)
{
    /// <summary>Close code 1001, going away (RFC 6455, 7.4.1): what ends so is not the peer's fault.</summary>
    public const int GoingAway = 1001;

    /// <summary>Close code 1012, service restart (IANA registry): come back a little later.</summary>
    public const int ServiceRestart = 1012;

    /// <summary>Close code 1008, policy violation.</summary>
    public const int PolicyViolation = 1008;

    /// <summary>Close code 1009, message too big.</summary>
    public const int MessageTooBig = 1009;

    /// <summary>Longest reason, in bytes of UTF-8: a control frame has at most 125, and the code takes two.</summary>
    public const int MostReasonBytes = 123;

    /// <summary>How long the ends may take to answer the close frame; then they are cut. Default 5s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The person who wants it, or null.</summary>
    public string? By { get; init; }

    /// <summary>The reason as it stands in the frame.</summary>
    internal byte[] ReasonBytes { get; } = Encoding.UTF8.GetBytes(Reason ?? "");

    /// <summary>
    /// What is wrong with a code and a reason that somebody chose, or null. Codes that no frame may carry (1005, 1006, 1015) are refused.
    /// </summary>
    public static string? Fault(int code, string? reason)
    {
        if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
            return "A close code is 1000 to 1003, 1007 to 1014, or of your own between 3000 and 4999.";
        return Encoding.UTF8.GetByteCount(reason ?? "") > MostReasonBytes ? $"A close reason has at most {MostReasonBytes} bytes." : null;
    }
}

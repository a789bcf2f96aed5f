using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;

namespace Appliance.Web.Sockets;

/// <summary>The choice that a person made in the dialog of a drain.</summary>
/// <param name="Leave">What open WebSockets are told, or null: they stay.</param>
/// <param name="Window">Over how long the asking is spread.</param>
/// <param name="Everywhere">A server: in every pool that has its address.</param>
public sealed record DrainChoice(CloseOrder? Leave, TimeSpan Window, bool Everywhere = false);

/// <summary>The dialog's fields as text.</summary>
public sealed class DrainDraft
{
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(1);

    /// <summary>True: open WebSockets are asked to leave. Default false: they stay.</summary>
    public bool Leave { get; set; }

    /// <summary>True: a server is drained in every pool that has its address.</summary>
    public bool Everywhere { get; set; }

    /// <summary>The close code for those that are asked to leave. Default 1001.</summary>
    public string Code { get; set; } = "1001";

    /// <summary>The reason beside the close code; may be empty.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The time over which the asking is spread, in nginx's syntax. Default 60s, at most 1d.</summary>
    public string Window { get; set; } = "60s";

    /// <summary>What is wrong with the window, or null.</summary>
    public string? WindowFault =>
        !Leave || (NginxTime.TryParse(Window.Trim(), out var window) && window <= _longestWindow)
            ? null
            : "The window is a time of at most 1d, as 60s or 5m; 0s asks all immediately.";

    /// <summary>What is wrong with the reason, or null.</summary>
    public string? ReasonFault => Leave ? CloseOrder.Fault(Number, Reason.Trim()) : null;

    /// <summary>The choice, or null while something is wrong.</summary>
    public DrainChoice? Read()
    {
        if (WindowFault is not null || ReasonFault is not null)
            return null;
        if (!Leave)
            return new(null, TimeSpan.Zero, Everywhere);
        _ = NginxTime.TryParse(Window.Trim(), out var window); // judged above
        return new(new(TunnelEnd.Drain, Number, Reason.Trim() is { Length: > 0 } reason ? reason : null), window, Everywhere);
    }

    private int Number => Code == "1012" ? CloseOrder.ServiceRestart : CloseOrder.GoingAway;
}

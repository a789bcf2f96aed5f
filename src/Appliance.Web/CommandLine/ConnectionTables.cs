using Appliance.Proxy.Items;
using Appliance.Web.Control;

namespace Appliance.Web.CommandLine;

/// <summary>Connections as tables. In and out as seen by the server behind the proxy: in is what the client sent.</summary>
internal static class ConnectionTables
{
    private static readonly string[] _openHead =
    [
        "ID",
        "ROUTE",
        "SERVER",
        "CLIENT",
        "PROTOCOL",
        "AGE",
        "IDLE",
        "MSGS IN",
        "MSGS OUT",
        "MSGS/S",
        "BYTES IN",
        "BYTES OUT",
        "RELAY",
    ];

    private static readonly string[] _endedHead =
    [
        "ID",
        "ROUTE",
        "SERVER",
        "CLIENT",
        "PROTOCOL",
        "ENDED (UTC)",
        "AFTER",
        "BY",
        "CAUSE",
        "CODE",
        "REASON",
        "MSGS IN",
        "MSGS OUT",
        "BYTES IN",
        "BYTES OUT",
    ];

    private static readonly string[] _refusedHead =
    [
        "WHEN (UTC)",
        "ROUTE",
        "CLIENT",
        "PROTOCOL",
        "HOST AND PATH",
        "STATUS",
        "BY",
        "SERVER",
        "REASON",
    ];

    /// <summary>The open ones.</summary>
    public static string Of(IReadOnlyList<ConnectionLine> lines) => TextTable.Of(_openHead, [.. lines.Select(Row)]);

    /// <summary>Those that ended.</summary>
    public static string Of(IReadOnlyList<EndedLine> lines) => TextTable.Of(_endedHead, [.. lines.Select(Row)]);

    /// <summary>Handshakes that became no connection.</summary>
    public static string Of(IReadOnlyList<RefusedLine> lines) => TextTable.Of(_refusedHead, [.. lines.Select(Row)]);

    /// <summary>A number with its noun.</summary>
    public static string Some(int number, string noun) => Counted.Of(number, noun);

    /// <summary>What a limit left out, as the last line below a table; empty when nothing was.</summary>
    public static string More(int total, int shown) => total > shown ? $"and {total - shown} more{Environment.NewLine}" : "";

    /// <summary>A time as in a table: 1h05m, 3m20s, 12s.</summary>
    public static string Age(double seconds) =>
        TimeSpan.FromSeconds(seconds) switch
        {
            { TotalHours: >= 1 } hours => $"{(int)hours.TotalHours}h{hours.Minutes:00}m",
            { TotalMinutes: >= 1 } minutes => $"{minutes.Minutes}m{minutes.Seconds:00}s",
            var rest => $"{rest.Seconds}s",
        };

    private static string[] Row(ConnectionLine one) =>
        [
            one.Id.ToString(),
            one.Route,
            one.Server,
            one.Client,
            one.UpgradedTo,
            Age(one.AgeSeconds),
            Age(one.IdleSeconds),
            one.MessagesFromClient.ToString(),
            one.MessagesFromServer.ToString(),
            (one.MessagesPerSecondFromClient + one.MessagesPerSecondFromServer).ToString(
                "0.#",
                System.Globalization.CultureInfo.InvariantCulture
            ),
            one.BytesFromClient.ToString(),
            one.BytesFromServer.ToString(),
            one.Relay,
        ];

    private static string[] Row(RefusedLine one) =>
        [
            one.AtUtc.ToString("yyyy-MM-dd HH:mm:ss"),
            one.Route,
            one.Client,
            one.Protocol,
            one.Host + one.Path,
            one.Status == 0 ? "" : one.Status.ToString(),
            one.By,
            one.Server ?? "",
            one.Reason,
        ];

    private static string[] Row(EndedLine one) =>
        [
            one.Id.ToString(),
            one.Route,
            one.Server,
            one.Client,
            one.UpgradedTo,
            one.EndedUtc.ToString("yyyy-MM-dd HH:mm:ss"),
            Age(one.DurationSeconds),
            one.Person ?? one.By.ToString().ToLowerInvariant(),
            one.Cause.ToString(),
            one.Code == 0 ? "" : one.Code.ToString(),
            one.Reason ?? "",
            one.MessagesFromClient.ToString(),
            one.MessagesFromServer.ToString(),
            one.BytesFromClient.ToString(),
            one.BytesFromServer.ToString(),
        ];
}

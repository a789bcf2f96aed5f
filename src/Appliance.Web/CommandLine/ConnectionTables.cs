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

    /// <summary>The table of open connections.</summary>
    public static string Of(IReadOnlyList<ConnectionLine> lines) => TextTable.Of(_openHead, [.. lines.Select(Row)]);

    /// <summary>The table of connections that ended.</summary>
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

    private static string[] Row(ConnectionLine line) =>
        [
            line.Id.ToString(),
            line.Route,
            line.Server,
            line.Client,
            line.UpgradedTo,
            Age(line.AgeSeconds),
            Age(line.IdleSeconds),
            line.MessagesFromClient.ToString(),
            line.MessagesFromServer.ToString(),
            (line.MessagesPerSecondFromClient + line.MessagesPerSecondFromServer).ToString(
                "0.#",
                System.Globalization.CultureInfo.InvariantCulture
            ),
            line.BytesFromClient.ToString(),
            line.BytesFromServer.ToString(),
            line.Relay,
        ];

    private static string[] Row(RefusedLine line) =>
        [
            line.AtUtc.ToString("yyyy-MM-dd HH:mm:ss"),
            line.Route,
            line.Client,
            line.Protocol,
            line.Host + line.Path,
            line.Status == 0 ? "" : line.Status.ToString(),
            line.By,
            line.Server ?? "",
            line.Reason,
        ];

    private static string[] Row(EndedLine line) =>
        [
            line.Id.ToString(),
            line.Route,
            line.Server,
            line.Client,
            line.UpgradedTo,
            line.EndedUtc.ToString("yyyy-MM-dd HH:mm:ss"),
            Age(line.DurationSeconds),
            line.Person ?? line.By.ToString().ToLowerInvariant(),
            line.Cause.ToString(),
            line.Code == 0 ? "" : line.Code.ToString(),
            line.Reason ?? "",
            line.MessagesFromClient.ToString(),
            line.MessagesFromServer.ToString(),
            line.BytesFromClient.ToString(),
            line.BytesFromServer.ToString(),
        ];
}

using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Upstreams;

/// <summary>What balancing is called, and what it does, in a sentence.</summary>
public static class PoolWords
{
    /// <summary>In the order of the form.</summary>
    public static IReadOnlyList<(string Value, string Text)> Balancings { get; } =
    [.. Enum.GetValues<Balancing>().Select(balancing => (balancing.ToString(), Name(balancing)))];

    /// <summary>The name of a way to balance, as people read it.</summary>
    public static string Name(Balancing balancing) =>
        balancing switch
        {
            Balancing.LeastConn => "Least connections",
            Balancing.IpHash => "IP hash",
            Balancing.Random => "Random",
            _ => "Round robin",
        };

    /// <summary>How this way to balance chooses a server, as a sentence.</summary>
    public static string Explain(Balancing balancing) =>
        balancing switch
        {
            Balancing.LeastConn =>
                "The server with the fewest active requests and open WebSockets for its weight (nginx: least_conn). Good for "
                    + "WebSockets, which stay for hours.",
            Balancing.IpHash => "The same client always gets the same server (nginx: ip_hash). No backup servers.",
            Balancing.Random => "Any server, by weight (nginx: random). No backup servers.",
            _ => "One after the other, by weight (nginx's default).",
        };

    /// <summary>The form of a new route, with this pool chosen.</summary>
    public static string NewRouteTo(string pool) => $"/routes/new?pool={Uri.EscapeDataString(pool)}";

    /// <summary>What carries requests to a server, in a few words.</summary>
    public static string Carried(ServerCarrier carrier) =>
        carrier switch
        {
            ServerCarrier.OwnHttp1 => "HTTP/1.1, by Appliance's own forwarder",
            ServerCarrier.YarpHttp1 => "HTTP/1.1, by YARP's forwarder",
            ServerCarrier.YarpHttp2 => "HTTP/2, by YARP's forwarder",
            _ => "known after the first connection",
        };

    /// <summary>What the second line of a server's row has that is not the default, in a few words; empty: nothing.</summary>
    /// <param name="row">The row of the form.</param>
    /// <param name="now">The server as it runs; null: it is not stored yet. A state that says "down" is not repeated.</param>
    public static string Unusual(ServerDraft row, ServerView? now)
    {
        var usual = new ServerDraft();
        string?[] words =
        [
            row.Down && now?.Condition != ServerCondition.Down ? "down" : null,
            row.Backup ? "backup" : null,
            row.MaxFails == "0" ? "never taken out"
            : row.MaxFails != usual.MaxFails || row.FailTimeout != usual.FailTimeout
                ? $"out after {row.MaxFails} {(row.MaxFails == "1" ? "failure" : "failures")} in {row.FailTimeout}"
            : null,
            row.MaxConns != usual.MaxConns ? $"at most {row.MaxConns} connections" : null,
        ];
        return string.Join(", ", words.OfType<string>());
    }
}

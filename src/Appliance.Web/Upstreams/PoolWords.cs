using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Upstreams;

/// <summary>What balancing is called, and what it does, in a sentence.</summary>
public static class PoolWords
{
    /// <summary>In the order of the form.</summary>
    public static IReadOnlyList<(string Value, string Text)> Balancings { get; } =
        [.. Enum.GetValues<Balancing>().Select(balancing => (balancing.ToString(), Name(balancing)))];

    /// <summary>Its name.</summary>
    public static string Name(Balancing balancing) => balancing switch
    {
        Balancing.LeastConn => "Least connections",
        Balancing.IpHash => "IP hash",
        Balancing.Random => "Random",
        _ => "Round robin",
    };

    /// <summary>What it does.</summary>
    public static string Explain(Balancing balancing) => balancing switch
    {
        Balancing.LeastConn => "The server with the fewest active requests and open WebSockets for its weight (nginx: least_conn). Good for WebSockets, which stay for hours.",
        Balancing.IpHash => "The same client always gets the same server (nginx: ip_hash). No backup servers.",
        Balancing.Random => "Any server, by weight (nginx: random). No backup servers.",
        _ => "One after the other, by weight (nginx's default).",
    };
}

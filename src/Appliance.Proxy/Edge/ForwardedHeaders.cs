using Appliance.Proxy.Headers;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Edge;

/// <summary>
/// X-Forwarded-For, -Proto and -Host. What an untrusted peer claims is replaced; a trusted proxy's claims are continued.
/// </summary>
public static class ForwardedHeaders
{
    /// <summary>Writes the three headers. -Proto is http or https, also for WebSockets: back ends build links from it.</summary>
    public static void Apply<T>(RequestFacts facts, T lines)
        where T : IHeaderLines
    {
        var peer = facts.PeerAddress?.ToString() ?? "";
        var before = facts.PeerTrusted ? facts.List("X-Forwarded-For") : "";
        lines.Set("X-Forwarded-For", HeaderText.OneLine(before.Length == 0 ? peer : $"{before}, {peer}"));
        lines.Set("X-Forwarded-Proto", Proto(facts));
        var host = facts.PeerTrusted ? facts.List("X-Forwarded-Host") : "";
        host = HeaderText.OneLine(host.Length == 0 ? facts.Headers.Host.ToString() : host);
        if (host.Length > 0)
            lines.Set("X-Forwarded-Host", host);
        else
            lines.Remove("X-Forwarded-Host");
    }

    /// <summary>http or https, as the client came: what a trusted proxy in front says counts, else the connection's own.</summary>
    public static string Proto(RequestFacts facts) =>
        facts.PeerTrusted ? ProtoOf(facts.Headers["X-Forwarded-Proto"].ToString(), facts.Scheme) : facts.Scheme;

    private static string ProtoOf(string claimed, string actual) =>
        claimed.Trim().ToLowerInvariant() switch
        {
            "http" or "ws" => "http",
            "https" or "wss" => "https",
            _ => actual,
        };
}

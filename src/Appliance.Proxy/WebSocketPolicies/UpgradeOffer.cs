using System.Collections.Immutable;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.WebSocketPolicies;

/// <summary>Protocols besides WebSocket that a request offers to switch to (RFC 9110, 7.8), and that its route lets through.</summary>
internal static class UpgradeOffer
{
    /// <summary>What a WebSocket handshake offers.</summary>
    public const string WebSocket = "websocket";

    // HTTP/2 without TLS, TLS within HTTP, HTTP itself: what follows would be requests that no route has seen.
    private static readonly string[] _neverAllowed = ["h2c", "h2", "h3", "HTTP", "TLS"];

    /// <summary>
    /// Those of the offered protocols that are <paramref name="allowed"/>, as the client wrote them and in its order. Empty: an ordinary
    /// request, whose offer is not passed on. So are all others than HTTP/1.1 with <c>Connection: upgrade</c> and without a body; HEAD has
    /// no answer behind which a tunnel could begin.
    /// </summary>
    public static ImmutableArray<string> Of(HttpContext context, ImmutableArray<string> allowed)
    {
        var request = context.Request;
        var headers = request.Headers;
        if (
            allowed.IsEmpty
            || headers.Upgrade.Count == 0
            || request.Protocol != HttpProtocol.Http11
            || HttpMethods.IsHead(request.Method)
            || HttpMethods.IsConnect(request.Method)
            || request.ContentLength > 0
            || headers.TransferEncoding.Count > 0
            || !HeaderTokens.Have(headers.Connection, "upgrade")
        )
            return [];
        return
        [
            .. headers
                .Upgrade.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .Where(offer => Fault(offer) is null && allowed.Contains(offer, StringComparer.OrdinalIgnoreCase)),
        ];
    }

    /// <summary>Checks what a route allows.</summary>
    public static void Check(ImmutableArray<string> upgrades, string path, ProblemList problems)
    {
        for (var at = 0; at < upgrades.Length; at++)
        {
            if (Fault(upgrades[at]) is var (code, sentence))
                problems.Error($"{path}/{at}", code, sentence);
        }
    }

    private static (string Code, string Sentence)? Fault(string upgrade)
    {
        var parts = upgrade.Split('/');
        if (parts.Length > 2 || !Array.TrueForAll(parts, HeaderRuleRules.IsToken))
            return ("bad_upgrade", $"\"{upgrade}\" is not a protocol that a client can ask for in Upgrade; write it as tcp or SPDY/3.1.");
        if (parts[0].Equals(WebSocket, StringComparison.OrdinalIgnoreCase))
            return ("upgrade_not_needed", "WebSockets need no entry here: every route that proxies takes them. Remove it.");
        return _neverAllowed.Contains(parts[0], StringComparer.OrdinalIgnoreCase)
            ? (
                "upgrade_not_possible",
                $"{upgrade} is never let through: what follows would be requests that no route has seen. Remove it; servers that "
                    + "speak HTTP/2 are h2c:// in their pool."
            )
            : null;
    }
}

using System.Collections.Immutable;
using Appliance.Proxy.Http1;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>
/// Is a 101 the answer to our handshake (RFC 6455, 4.1)? Relaying one that is not would hand the client a connection nobody agreed to.
/// </summary>
internal static class SwitchCheck
{
    /// <summary>
    /// What is wrong with <paramref name="answer"/> to the WebSocket handshake that was <paramref name="sent"/>, or null.
    /// </summary>
    public static string? Fault(HeaderLines sent, UpstreamHead answer, WebSocketPolicy policy)
    {
        var lines = answer.Lines;
        if (!answer.Http11)
            return "the server switches protocols in HTTP/1.0";
        if (lines.Values("Upgrade") is not [var upgrade] || !upgrade.Equals(UpgradeOffer.WebSocket, StringComparison.OrdinalIgnoreCase))
            return "the server's 101 is not for websocket";
        if (!lines.HasToken("Connection", "upgrade"))
            return "the server's 101 has no Connection: Upgrade";
        if (
            lines.Values("Sec-WebSocket-Accept") is not [var accept]
            || accept != WebSocketHandshake.Accept(sent.First("Sec-WebSocket-Key") ?? "")
        )
            return "the server's Sec-WebSocket-Accept is wrong";
        return lines.Values("Sec-WebSocket-Protocol") switch
        {
            [] => null,
            [var chosen] when chosen.Length > 0 && sent.All.Any(line => line.Is("Sec-WebSocket-Protocol") && Offers(line.Value, chosen)) =>
                null,
            // What the route does not let a client offer, a server may not choose either.
            [var chosen]
                when policy.LaxHandshake
                    && (chosen.Length == 0 || policy.AllowedSubprotocols.IsEmpty || policy.AllowedSubprotocols.Contains(chosen)) => null,
            [""] => "the server's Sec-WebSocket-Protocol is empty",
            _ => "the server chose a subprotocol that was not offered",
        };
    }

    /// <summary>The same for a switch to one of <paramref name="offered"/>.</summary>
    public static string? Fault(ImmutableArray<string> offered, UpstreamHead answer)
    {
        if (!answer.Http11)
            return "the server switches protocols in HTTP/1.0";
        if (!answer.Lines.HasToken("Connection", "upgrade"))
            return "the server's 101 has no Connection: Upgrade";
        return answer.Lines.Values("Upgrade") is [var chosen] && offered.Contains(chosen, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"the server's 101 is not for {string.Join(" or ", offered)}";
    }

    // Subprotocols are compared with case (RFC 6455, 11.5).
    private static bool Offers(string line, string chosen)
    {
        foreach (var part in line.AsSpan().Split(','))
        {
            if (line.AsSpan()[part].Trim(" \t").SequenceEqual(chosen))
                return true;
        }

        return false;
    }
}

namespace Appliance.Proxy.Tunnels;

/// <summary>Is a 101 the answer to our handshake (RFC 6455, 4.1)? Relaying one that is not would hand the client a connection nobody agreed to.</summary>
internal static class SwitchCheck
{
    /// <summary>What is wrong with <paramref name="answer"/> to <paramref name="sent"/>, or null.</summary>
    public static string? Fault(HeaderLines sent, UpstreamHead answer)
    {
        var lines = answer.Lines;
        if (!answer.Http11) return "the server switches protocols in HTTP/1.0";
        if (lines.Values("Upgrade") is not [var upgrade] || !upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase))
            return "the server's 101 is not for websocket";
        if (!lines.HasToken("Connection", "upgrade")) return "the server's 101 has no Connection: Upgrade";
        if (lines.Values("Sec-WebSocket-Accept") is not [var accept] || accept != WebSocketHandshake.Accept(sent.First("Sec-WebSocket-Key") ?? ""))
            return "the server's Sec-WebSocket-Accept is wrong";
        return lines.Values("Sec-WebSocket-Protocol") switch
        {
            [] => null,
            [var chosen] when chosen.Length > 0 && sent.All.Any(line => line.Is("Sec-WebSocket-Protocol") && Offers(line.Value, chosen)) => null,
            _ => "the server chose a subprotocol that was not offered",
        };
    }

    // Subprotocols are compared with case (RFC 6455, 11.5).
    private static bool Offers(string line, string chosen)
    {
        foreach (var part in line.AsSpan().Split(','))
        {
            if (line.AsSpan()[part].Trim(" \t").SequenceEqual(chosen)) return true;
        }

        return false;
    }
}

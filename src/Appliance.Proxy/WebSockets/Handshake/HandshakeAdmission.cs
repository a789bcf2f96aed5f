using Appliance.Proxy.Connections;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSocketPolicies;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>Whether a valid handshake may go to a server: what its route allows, what is drained, how many there are already.</summary>
internal sealed class HandshakeAdmission(ConnectionRegistry registry, Drains? drains)
{
    /// <summary>
    /// A seat for the WebSocket that may come of the handshake, or why it is refused. Cheap and certain reasons are checked first.
    /// </summary>
    public (SocketSeat? Seat, HandshakeRefusal Refusal) Admit(HttpContext context, TunnelRequest request)
    {
        var route = request.Route.Route;
        var policy = route.WebSocket;
        if (request.IsWebSocket && !policy.Allow)
            return (null, HandshakeRefusal.NotAllowed);
        if (registry.IsStopping)
            return (null, HandshakeRefusal.Stopping);
        if (drains is not null && drains.Refuses(route.Id, request.Pool.Pool.Id))
            return (null, HandshakeRefusal.Draining);
        if (!request.IsWebSocket)
            return registry.Seats.Take(route.Id, request.Facts.ClientAddress, policy);
        if (ByHeaders(policy, context.Request.Headers) is { } refusal)
            return (null, refusal);
        return registry.Seats.Take(route.Id, request.Facts.ClientAddress, policy);
    }

    /// <summary>Why a WebSocket handshake with these headers is refused whatever else is open; null: it is not.</summary>
    public static HandshakeRefusal? ByHeaders(WebSocketPolicy policy, IHeaderDictionary headers)
    {
        if (!policy.Allow)
            return HandshakeRefusal.NotAllowed;
        if (!IsOriginAllowed(policy, headers))
            return HandshakeRefusal.Origin;
        return policy.AllowedSubprotocols.IsEmpty || Offered(headers).Any(policy.AllowedSubprotocols.Contains)
            ? null
            : HandshakeRefusal.Subprotocol;
    }

    /// <summary>
    /// Leaves of the offered subprotocols only those that the route allows, in the client's order, so that a server cannot choose another.
    /// </summary>
    public static void Narrow(HeaderLines lines, WebSocketPolicy policy)
    {
        if (policy.AllowedSubprotocols.IsEmpty)
            return;
        var allowed = lines.Values("Sec-WebSocket-Protocol").SelectMany(Elements).Where(policy.AllowedSubprotocols.Contains);
        lines.Set("Sec-WebSocket-Protocol", string.Join(", ", allowed));
    }

    /// <summary>What the client is answered.</summary>
    public static (int Status, string Sentence) Answer(HandshakeRefusal refusal) =>
        refusal switch
        {
            HandshakeRefusal.NotAllowed => (StatusCodes.Status403Forbidden, "This address does not accept WebSockets."),
            HandshakeRefusal.Origin => (StatusCodes.Status403Forbidden, "Pages of this origin may not connect here."),
            HandshakeRefusal.Subprotocol => (StatusCodes.Status403Forbidden, "No subprotocol that was offered is spoken here."),
            HandshakeRefusal.ClientLimit => (StatusCodes.Status429TooManyRequests, "This client has too many WebSockets open here."),
            HandshakeRefusal.Draining => (
                StatusCodes.Status503ServiceUnavailable,
                "No new WebSockets are taken here for the moment. Please try again later."
            ),
            HandshakeRefusal.Stopping => (StatusCodes.Status503ServiceUnavailable, "This proxy is stopping. Please connect again."),
            _ => (StatusCodes.Status503ServiceUnavailable, "Too many connections are open here. Please try again later."),
        };

    // A browser sends exactly one Origin (RFC 6454, 7.3); a client that sends none is no browser, and could claim any.
    private static bool IsOriginAllowed(WebSocketPolicy policy, IHeaderDictionary headers)
    {
        if (policy.AllowedOrigins.IsEmpty || headers.Origin.Count == 0)
            return true;
        var origin = headers.Origin.ToString();
        foreach (var mask in policy.AllowedOrigins)
        {
            if (OriginMask.Matches(mask, origin))
                return true;
        }

        return false;
    }

    private static IEnumerable<string> Offered(IHeaderDictionary headers) =>
        headers.SecWebSocketProtocol.SelectMany(line => Elements(line ?? ""));

    private static string[] Elements(string line) =>
        line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

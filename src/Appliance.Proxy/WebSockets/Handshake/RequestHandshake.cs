using System.Collections.Immutable;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSocketPolicies;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>Makes the header lines of the handshake to the server from the client's.</summary>
internal static class RequestHandshake
{
    /// <summary>
    /// The lines to send, in the client's order where it is known. With <paramref name="upgrades"/>, what is offered instead of a
    /// WebSocket.
    /// </summary>
    public static HeaderLines Lines(
        HttpContext context,
        RequestFacts facts,
        CompiledRoute route,
        RouteAction.Proxy action,
        TunnelSettings settings,
        ImmutableArray<string> upgrades
    )
    {
        // 1. What the client sent.
        var lines = Tapped(context, settings) ?? Enumerated(context.Request.Headers);

        // 2. What belongs to its connection does not cross; ours is said again.
        var nominated = facts.Nominated ?? HopByHop.Nominated(context.Request.Headers.Connection);
        lines.RemoveWhere(name =>
            HopByHop.Is(name)
            || (upgrades.IsEmpty && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            || (nominated is not null && nominated.Contains(name) && !MayNotBeNominated(name))
            || (settings.DropUnderscoreHeaders && name.Contains('_'))
        );
        lines.Append("Connection", "Upgrade");
        lines.Append("Upgrade", upgrades.IsEmpty ? UpgradeOffer.WebSocket : string.Join(", ", upgrades));
        // HTTP/2 has no key (RFC 8441, 5), and a server that speaks HTTP/1.1 wants one.
        if (WebSocketHandshake.IsExtendedConnect(context))
            lines.Set("Sec-WebSocket-Key", WebSocketHandshake.NewKey());

        // 3. What we add, and then what the operator wants: the last word.
        if (action.ForwardedHeaders)
            settings.WriteForwardedHeaders(facts, lines);
        if (facts.Answer?.Trace is { } trace)
            lines.Set("traceparent", trace.Header);
        route.RequestHeaders.Apply(facts, lines);
        return lines;
    }

    // A client that nominates the handshake itself would have us send half of it.
    private static bool MayNotBeNominated(string name) =>
        name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase) || name.Equals("Host", StringComparison.OrdinalIgnoreCase);

    private static HeaderLines? Tapped(HttpContext context, TunnelSettings settings)
    {
        if (context.Features.Get<ClientHead>()?.Take() is not { IsEmpty: false } head)
            return null;
        if (HeadParser.TryParse(head.Span, out var first) is not { } lines)
            return null;

        // What was judged is what goes on: lines that the gate took out are in the head still, and a rule or a middleware may have changed
        // others.
        if (settings.DropUnderscoreHeaders)
            lines.RemoveWhere(static name => name.Contains('_'));
        var expected =
            $"{context.Request.Method} "
            + $"{context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget} HTTP/1.1";
        return first == expected && AreThose(lines, context.Request.Headers) ? lines : null;
    }

    // Kestrel keeps of Connection only what it understands, and that line does not cross.
    private static bool AreThose(HeaderLines lines, IHeaderDictionary headers)
    {
        var count = 0;
        foreach (var (name, values) in headers)
        {
            count += values.Count;
            if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
                continue;
            var at = 0;
            foreach (var line in lines.All)
            {
                if (line.Is(name) && (at == values.Count || values[at++] != line.Value))
                    return false;
            }

            if (at != values.Count)
                return false;
        }

        return count == lines.Count;
    }

    private static HeaderLines Enumerated(IHeaderDictionary headers)
    {
        var lines = new HeaderLines();
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
                lines.Append(name, value ?? "");
        }

        return lines;
    }
}

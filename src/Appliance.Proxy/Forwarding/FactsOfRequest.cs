using System.Net;
using Appliance.Proxy.Edge;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Tunnels;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Forwarding;

/// <summary>Reads a live request into <see cref="RequestFacts"/>.</summary>
internal sealed class FactsOfRequest(ClientAddress clients, TimeProvider time)
{
    /// <summary>Null when the request target is one that nginx refuses with 400.</summary>
    public RequestFacts? Read(HttpContext context, CompiledHeaderMaps maps)
    {
        var request = context.Request;
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (RequestPath.TryParse(rawTarget) is not { } path || path.Normalized == "*")
            return null;
        var connection = context.Connection;
        var peer = ClientAddress.Unmap(connection.RemoteIpAddress);
        return new()
        {
            // A WebSocket over HTTP/2 is opened by CONNECT; routes and back ends know it as the GET that it is everywhere else.
            Method = WebSocketHandshake.IsExtendedConnect(context) ? HttpMethods.Get : request.Method,
            RawTarget = rawTarget,
            Path = path,
            // As nginx writes it.
            Protocol = HttpProtocol.IsHttp2(request.Protocol) ? "HTTP/2.0" : request.Protocol,
            Scheme = request.Scheme,
            Headers = request.Headers,
            Host = HostOf(rawTarget, request.Headers.Host.ToString()),
            PeerAddress = peer,
            PeerPort = connection.RemotePort,
            Proxied = context.Features.Get<ProxiedConnection>(),
            PeerTrusted = clients.IsTrusted(peer),
            ClientAddress = clients.Resolve(peer, request.Headers["X-Forwarded-For"]),
            ServerAddress = ClientAddress.Unmap(connection.LocalIpAddress),
            ServerPort = connection.LocalPort,
            Nominated = HopByHop.Nominated(context.Features.Get<TappedHead>()?.TakeConnectionOptions() ?? request.Headers.Connection),
            Tls = request.IsHttps ? context.Features.Get<PolicyHandshake>()?.Facts : null,
            Started = time.GetUtcNow(),
            Maps = maps,
        };
    }

    /// <summary>nginx's <c>$host</c>: from an absolute-form request line, else from the Host header; lower case, without port and without a trailing dot.</summary>
    internal static string HostOf(string rawTarget, string hostHeader)
    {
        var host = hostHeader.AsSpan();
        if (rawTarget.Length > 0 && rawTarget[0] != '/' && rawTarget.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
        {
            host = rawTarget.AsSpan(scheme + 3);
            var end = host.IndexOfAny('/', '?', '#');
            host = end < 0 ? host : host[..end];
        }

        if (host.IsEmpty)
            return "";
        var colon = host[0] == '[' ? host.IndexOf("]:", StringComparison.Ordinal) + 1 : host.LastIndexOf(':');
        if (colon > 0)
            host = host[..colon];
        if (host.Length > 1 && host[^1] == '.')
            host = host[..^1];
        return IsLower(host) && host.Length == hostHeader.Length ? hostHeader : host.ToString().ToLowerInvariant();
    }

    private static bool IsLower(ReadOnlySpan<char> text) => !text.ContainsAnyInRange('A', 'Z');
}

using System.Text;
using Appliance.Proxy.Edge;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSockets.Handshake;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Forwarding;

/// <summary>Reads a live request into <see cref="RequestFacts"/>.</summary>
internal sealed class FactsOfRequest(ClientAddress clients, TimeProvider time)
{
    /// <summary>Null when the request target is one that nginx refuses with 400.</summary>
    public RequestFacts? Read(HttpContext context, CompiledHeaderMaps maps)
    {
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return RequestPath.TryParse(rawTarget) is not { } path || path.Normalized == "*" || NamesAUser(rawTarget)
            ? null
            : Of(context, maps, rawTarget, path);
    }

    /// <summary>Of a request that is refused before it is read: for its line in the access log alone.</summary>
    public RequestFacts ReadRefused(HttpContext context)
    {
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
            rawTarget = Http2Authority.PathAsSent(rawTarget);
        if (context.Features.Get<ClientHead>() is not { RefusedLine: { } text } head)
            return Of(context, CompiledHeaderMaps.Empty, rawTarget, RequestPath.TryParse(rawTarget) ?? RequestPath.None, isRefused: true);

        // The server under us was shown another request in its place.
        var line = WrittenLine.Of(text);
        var stoodIn = Of(context, CompiledHeaderMaps.Empty, "/", RequestPath.None);
        return new()
        {
            Line = line.Text,
            IsRefused = true,
            Method = line.Method,
            RawTarget = line.Target,
            Path = line.Path,
            Protocol = line.Protocol,
            ReceivedHeadBytes = head.HeadBytes,
            Scheme = stoodIn.Scheme,
            Headers = new HeaderDictionary(),
            Host = "",
            PeerAddress = stoodIn.PeerAddress,
            PeerPort = stoodIn.PeerPort,
            Proxied = stoodIn.Proxied,
            ClientAddress = stoodIn.PeerAddress,
            ServerAddress = stoodIn.ServerAddress,
            ServerPort = stoodIn.ServerPort,
            Tls = stoodIn.Tls,
            Started = stoodIn.Started,
        };
    }

    private RequestFacts Of(HttpContext context, CompiledHeaderMaps maps, string rawTarget, RequestPath path, bool isRefused = false)
    {
        var request = context.Request;
        var connection = context.Connection;
        var peer = ClientAddress.Unmap(connection.RemoteIpAddress);
        var proxied = context.Features.Get<ProxiedConnection>();
        var head = HttpProtocol.IsHttp2(request.Protocol) ? null : context.Features.Get<ClientHead>();

        // A proxy in front that speaks the PROXY protocol does not touch requests: where it does not know its client, what the headers say
        // is that client's word.
        var isTrusted = clients.IsTrusted(peer) && proxied is null or { Source: not null };
        return new()
        {
            // A WebSocket over HTTP/2 is opened by CONNECT; routes and back ends know it as the GET that it is everywhere else.
            Method = WebSocketHandshake.IsExtendedConnect(context) ? HttpMethods.Get : request.Method,
            RawTarget = rawTarget,
            Line = head?.OddLine,
            IsRefused = isRefused,
            ReceivedHeadBytes = head?.HeadBytes ?? 0,
            MayHaveUnderscores = head?.HasUnderscore != false,
            HostBesideTarget = rawTarget.StartsWith('/') ? null : HostLine(head),
            Path = path,
            // As nginx writes it.
            Protocol = HttpProtocol.IsHttp2(request.Protocol) ? "HTTP/2.0" : request.Protocol,
            Scheme = request.Scheme,
            Headers = request.Headers,
            Host = HostOf(rawTarget, request.Headers.Host.ToString()),
            PeerAddress = peer,
            PeerPort = connection.RemotePort,
            Proxied = proxied,
            PeerTrusted = isTrusted,
            ClientAddress = isTrusted ? clients.Resolve(peer, request.Headers["X-Forwarded-For"]) : peer,
            ServerAddress = ClientAddress.Unmap(connection.LocalIpAddress),
            ServerPort = connection.LocalPort,
            Nominated = HopByHop.Nominated(request.Headers.Connection),
            Tls = request.IsHttps ? context.Features.Get<PolicyHandshake>()?.Facts : null,
            Started = time.GetUtcNow(),
            Maps = maps,
        };
    }

    /// <summary>
    /// nginx's <c>$host</c>, lower case, without port and without a trailing dot. It comes from the Host header, which the HTTP server
    /// replaces by the host of an absolute-form request line (RFC 9112, 3.2.2), or from that line in a request without the header. Servers
    /// are sent the same host: what is judged and what is asked for must be one host.
    /// </summary>
    internal static string HostOf(string rawTarget, string hostHeader)
    {
        var host = hostHeader.Length > 0 ? hostHeader.AsSpan() : AuthorityOf(rawTarget);
        if (host.IsEmpty)
            return "";
        var colon = host[0] == '[' ? host.IndexOf("]:", StringComparison.Ordinal) + 1 : host.LastIndexOf(':');
        if (colon > 0)
            host = host[..colon];
        if (host.Length > 1 && host[^1] == '.')
            host = host[..^1];
        return IsLower(host) && host.Length == hostHeader.Length ? hostHeader : BytesText.Lower(host.ToString());
    }

    // "user@" has no place in a request line (RFC 9110, 4.2.4), and nginx answers 400 to it.
    private static bool NamesAUser(string rawTarget) => AuthorityOf(rawTarget).Contains('@');

    // The HTTP server has the host of the target in its place.
    private static string? HostLine(ClientHead? head)
    {
        var lines = head is null ? default : head.Lines;
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range];
            if (line.IndexOf((byte)':') is 4 && Ascii.EqualsIgnoreCase(line[..4], "host"u8))
                return Encoding.Latin1.GetString(line[5..].Trim(" \t\r"u8));
        }

        return null;
    }

    private static ReadOnlySpan<char> AuthorityOf(string rawTarget)
    {
        if (rawTarget.Length == 0 || rawTarget[0] == '/' || rawTarget.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
            return "";
        var authority = rawTarget.AsSpan(scheme + 3);
        var end = authority.IndexOfAny("/?#\\");
        return end < 0 ? authority : authority[..end];
    }

    private static bool IsLower(ReadOnlySpan<char> text) => !text.ContainsAnyInRange('A', 'Z');
}

using System.Buffers;
using Appliance.Proxy.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The one gate for what comes in: targets, hosts and header lines are judged here, once, by bytes, before anything is made of them.
/// HTTP/1 was judged by <see cref="RequestHead"/>, before
/// the server under us had read it; here its verdict is found, and HTTP/2 is judged.
/// Hot path: no allocation for a request that is taken as it is.
/// </summary>
/// <param name="dropsUnderscores">Headers with an underscore in the name are taken out, and are nowhere from here on.</param>
/// <param name="cookies">The console's, which no server gets or sets.</param>
internal sealed class RequestGate(bool dropsUnderscores, ConsoleCookies cookies)
{
    private static readonly SearchValues<char> _controlChars = SearchValues.Create([
        .. Enumerable.Range(0, 0x21).Append(0x7F).Select(code => (char)code),
    ]);
    private static readonly SearchValues<char> _lineChars = SearchValues.Create("\r\n\0");
    private static readonly SearchValues<char> _nameChars = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );
    private static readonly Refusal _unjudged = Refusal.Bad("No request is taken here any more.");
    private static readonly Refusal _badTarget = Refusal.Bad(
        "The request target has a space or a control character in it; write it as %XX."
    );
    private static readonly Refusal _badHost = Refusal.Bad("The Host header is not a host.");
    private static readonly Refusal _badMethod = Refusal.Bad("The methods of HTTP are written in capitals.");
    private static readonly Refusal _badName = Refusal.Bad("A header line has no name that HTTP allows.");
    private static readonly Refusal _badValue = Refusal.Bad("A header value has a zero byte or a line end in it.");
    private static readonly Refusal _twoHosts = Refusal.Bad("Host and :authority differ.");
    private static readonly Refusal _ofConnection = Refusal.Bad("HTTP/2 has no headers that belong to a connection (RFC 9113, 8.2.2).");

    /// <summary>Why the request is not taken; null when it is. To be asked once a request, before anything else reads it.</summary>
    public Refusal? Judge(HttpContext context)
    {
        var headers = context.Request.Headers;
        var isHttp2 = HttpProtocol.IsHttp2(context.Request.Protocol);
        var mayHaveUnderscore = true;

        // 1. HTTP/1: what was found in the bytes of the head.
        if (!isHttp2 && context.Features.Get<ClientHead>() is { } head)
        {
            if (!head.TakeJudged())
                return _unjudged;
            if (head.Refusal is { } refusal)
                return refusal;

            // The server under us reduces this to one of the usual options; what else is nominated must not cross.
            if (head.Connection is { } connection)
                headers.Connection = connection;
            mayHaveUnderscore = head.HasUnderscore;
        }

        // 2. HTTP/2: the same for what its server hands on.
        if (isHttp2 && context.Features.Get<Http2Authority>()?.Restore(headers) == false)
            return _twoHosts;
        if (isHttp2 && Http2Fault(headers) is { } fault)
            return fault;
        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan().ContainsAny(_controlChars))
            return _badTarget;

        // 3. A standard method in other letters is another method (RFC 9110, 9.1), which would be written in capitals.
        var method = context.Request.Method;
        if (HttpMethods.GetCanonicalizedValue(method) != method)
            return _badMethod;

        // 4. Host, as it will be sent on: of the target, where that is an address.
        if (!HostHeader.CanGoOn(headers.Host.ToString()))
            return _badHost;

        // 5. What a CGI or WSGI server takes for another header is nowhere: no variable, no condition, no server sees it.
        if (dropsUnderscores && mayHaveUnderscore)
            DropUnderscores(headers);

        // 5. The administrator of this proxy has a session on the same host name; it is nobody's behind it.
        if (cookies.AreThere)
        {
            var cookie = headers.Cookie;
            if (cookies.Mentions(cookie))
                headers.Cookie = cookies.WithoutOurs(cookie);
            context.Response.OnStarting(CleanAnswer, context);
        }

        return null;
    }

    private Task CleanAnswer(object state)
    {
        var headers = ((HttpContext)state).Response.Headers;
        var lines = headers.SetCookie;
        if (lines.Count > 0 && cookies.WithoutOursSet(lines) is var kept && kept.Count != lines.Count)
            headers.SetCookie = kept;
        return Task.CompletedTask;
    }

    /// <summary>To be called when the request is over.</summary>
    public static void Leave(HttpContext context)
    {
        // The server under us would take it for the next request's Host instead of reading that one.
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Request.Headers.Host = default;
        else
            context.Features.Get<ClientHead>()?.Forget();
    }

    private static Refusal? Http2Fault(IHeaderDictionary headers)
    {
        if (
            headers.Connection.Count > 0
            || headers.Upgrade.Count > 0
            || headers.TransferEncoding.Count > 0
            || headers.KeepAlive.Count > 0
            || headers.ContainsKey("Proxy-Connection")
        )
            return _ofConnection;
        if (headers.TE is { Count: > 0 } te && te is not ["trailers"])
            return _ofConnection;
        List<string>? padded = null;
        foreach (var (name, values) in headers)
        {
            // The server under us lets control characters through (RFC 9113, 8.2.1).
            if (name.AsSpan().ContainsAnyExcept(_nameChars))
                return _badName;
            foreach (var value in values)
            {
                if (value.AsSpan().ContainsAny(_lineChars))
                    return _badValue;
                if (value is [' ' or '\t', ..] or [.., ' ' or '\t'])
                    (padded ??= []).Add(name);
            }
        }

        // Malformed (RFC 9113, 8.2.1), and sent by some: as over HTTP/1.1 it is not a part of the value.
        foreach (var name in padded ?? [])
            headers[name] = headers[name].Select(value => value?.Trim(' ', '\t')).ToArray();
        return null;
    }

    private static void DropUnderscores(IHeaderDictionary headers)
    {
        List<string>? dropped = null;
        foreach (var (name, _) in headers)
        {
            if (name.Contains('_'))
                (dropped ??= []).Add(name);
        }

        foreach (var name in dropped ?? [])
            headers.Remove(name);
    }
}

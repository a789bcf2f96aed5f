using System.Text;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The head of a server's answer on its way to the client, as <see cref="AnswerHead"/> for YARP's forwarder: what is copied, and where the
/// body ends.
/// </summary>
internal static class Http1Answer
{
    /// <summary>How long the body of an answer is that ends with its connection.</summary>
    public const long UntilClose = -1;

    /// <summary>How long the body of an answer is that comes in chunks.</summary>
    public const long Chunked = -2;

    /// <summary>
    /// Where the body ends (RFC 9112, 6.3): a length, <see cref="UntilClose"/> or <see cref="Chunked"/>. What two readers could take for
    /// different ends is a fault, as a sentence.
    /// </summary>
    public static long BodyOf(UpstreamHead head, bool isHead, out string? fault)
    {
        fault = null;
        if (head.Status == StatusCodes.Status101SwitchingProtocols)
        {
            // It would become a tunnel that nobody checked.
            fault = "The server switched protocols without being asked.";
            return 0;
        }

        var codings = 0;
        foreach (var line in head.Lines.All)
        {
            if (line.Is("Transfer-Encoding"))
            {
                if (++codings > 1 || !head.Http11 || !line.Value.Equals("chunked", StringComparison.OrdinalIgnoreCase))
                    fault = "The server used a transfer coding that cannot be forwarded.";
            }
        }

        if (!AnswerLength.TryRead(head, out var length))
            fault ??= "The server's Content-Length cannot be read.";
        if (fault is not null || isHead || head.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
            return 0;
        return codings > 0 ? Chunked : length ?? UntilClose;
    }

    /// <summary>True when the connection may carry another request (RFC 9112, 9.3), as far as the head says.</summary>
    public static bool KeepsAlive(UpstreamHead head)
    {
        if (!head.Http11)
            return false;
        var (hasLength, hasCoding) = (false, false);
        foreach (var line in head.Lines.All)
        {
            if (line.Is("Connection") && HeaderTokens.Have(line.Value.AsSpan(), "close"))
                return false;
            hasLength |= line.Is("Content-Length");
            hasCoding |= line.Is("Transfer-Encoding");
        }

        // Who says both may mean either: nothing that follows is trusted (RFC 9112, 6.3).
        return !(hasLength && hasCoding);
    }

    /// <summary>Copies status, reason and headers. <see cref="BodyOf"/> has found no fault in them.</summary>
    public static void Copy(UpstreamHead head, HttpContext context)
    {
        AnswerLength.TryRead(head, out var length);
        var response = context.Response;
        response.StatusCode = head.Status;
        var isHttp2 = HttpProtocol.IsHttp2(context.Request.Protocol);

        // The server under us writes a reason in ASCII, with a question mark for every other byte. Then the standard one says more, and
        // none is needed.
        if (!isHttp2 && context.Features.Get<IHttpResponseFeature>() is { } feature)
            feature.ReasonPhrase = Ascii.IsValid(head.Reason) ? HeaderText.OneLine(head.Reason) : null;

        HashSet<string>? nominated = null;
        var hasCoding = false;
        foreach (var line in head.Lines.All)
        {
            hasCoding |= line.Is("Transfer-Encoding");
            if (line.Is("Connection") && HopByHop.Nominated(line.Value) is { } more)
                (nominated ??= new(StringComparer.OrdinalIgnoreCase)).UnionWith(more);
        }

        // What the proxy has said before the server was asked stays; of Strict-Transport-Security there is one (RFC 6797, 7.1). Alt-Svc
        // would lead around this proxy.
        var headers = response.Headers;
        var isTransportSaid = headers.StrictTransportSecurity.Count > 0;
        foreach (var line in head.Lines.All)
        {
            if (
                HopByHop.Is(line.Name)
                || line.Is("Alt-Svc")
                || (isTransportSaid && line.Is("Strict-Transport-Security"))
                || nominated?.Contains(line.Name) == true
            )
                continue;
            if (line.Is("Content-Length"))
                headers.ContentLength = length; // once, however often it was said
            else
                Add(headers, line);
        }

        // Trailers go on over HTTP/2 alone.
        if (isHttp2 && head.Lines.First("Trailer") is { } trailer)
            headers.Trailer = HeaderText.OneLine(trailer);

        // A length beside a coding, or of a body that an answer of this kind does not have (RFC 9110, 8.6 and 15.3.6; RFC 9112, 6.3).
        if (hasCoding || head.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
            headers.Remove("Content-Length");

        // A 426 without Upgrade says nothing (RFC 9110, 15.5.22).
        if (!isHttp2 && head.Status == StatusCodes.Status426UpgradeRequired && head.Lines.First("Upgrade") is { } upgrade)
        {
            headers.Upgrade = HeaderText.OneLine(upgrade);
            headers.Connection = "Upgrade";
        }
    }

    /// <summary>Copies the fields behind a body.</summary>
    public static void CopyTrailers(HeaderLines? trailers, HttpContext context)
    {
        if (trailers is null || context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is not { } to)
            return;
        foreach (var line in trailers.All)
        {
            if (!HopByHop.Is(line.Name) && !line.Is("Content-Length"))
                Add(to, line);
        }
    }

    // Append leaves out a line without a value.
    private static void Add(IHeaderDictionary headers, HeaderLine line)
    {
        var before = headers[line.Name];
        var value = HeaderText.OneLine(line.Value);
        headers[line.Name] = before.Count == 0 ? value : StringValues.Concat(before, value);
    }
}

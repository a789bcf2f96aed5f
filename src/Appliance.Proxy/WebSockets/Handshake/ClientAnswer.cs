using System.Buffers;
using System.Text;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSocketPolicies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>Gives a server's answer to the client: the head of a 101, or a whole ordinary answer.</summary>
internal static class ClientAnswer
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>Copies the head of a 101; upgrading is the caller's.</summary>
    public static void WriteSwitch(HttpContext context, TunnelRequest request, UpstreamHead head)
    {
        var upgrade = request.IsWebSocket ? UpgradeOffer.WebSocket : head.Lines.First("Upgrade"); // checked
        RemoveHopByHop(head.Lines);
        head.Lines.Remove("Content-Length");
        request.Route.ResponseHeaders.Apply(request.Facts, head.Lines);
        // Over HTTP/2 it is a 200 and there is no key to answer (RFC 8441, 5).
        var http2 = WebSocketHandshake.IsExtendedConnect(context);
        if (http2)
            head.Lines.Remove("Sec-WebSocket-Accept");
        var headers = context.Response.Headers;
        Copy(head.Lines, headers);
        if (!http2)
            headers.Upgrade = upgrade;
    }

    /// <summary>Relays an answer that is no 101, body and all. An answer that is cut reaches the client cut.</summary>
    public static async Task WriteWholeAsync(
        HttpContext context,
        TunnelRequest request,
        UpstreamHead head,
        AnswerBody body,
        Stream server,
        TimeProvider time
    )
    {
        var response = context.Response;
        response.StatusCode = head.Status;
        // The server under us writes a reason in ASCII, with a question mark for every other byte. Then the standard one says more, and
        // none is needed.
        if (context.Features.Get<IHttpResponseFeature>() is { } feature)
            feature.ReasonPhrase = Ascii.IsValid(head.Reason) ? HeaderText.OneLine(head.Reason) : null;

        // 1. The head. RFC 9110, 15.5.22: a 426 says in Upgrade which protocol it wants.
        var upgrade = head.Status == StatusCodes.Status426UpgradeRequired ? head.Lines.Values("Upgrade") : [];
        RemoveHopByHop(head.Lines);
        head.Lines.Remove("Content-Length");
        request.Route.ResponseHeaders.Apply(request.Facts, head.Lines);
        Copy(head.Lines, response.Headers);
        if (upgrade.Length > 0 && !WebSocketHandshake.IsExtendedConnect(context))
        {
            response.Headers.Upgrade = upgrade;
            response.Headers.Connection = "Upgrade";
        }

        if (body is AnswerBody.Sized { Length: var length } && head.Status is not (204 or 205 or 304))
            response.ContentLength = length;

        // 2. The body.
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var source = new AnswerSource(
                head.Behind,
                server,
                buffer,
                response,
                request.Action.ReadTimeout,
                time,
                request.Facts.Answer?.LastTry,
                context.RequestAborted
            );
            var whole = body switch
            {
                AnswerBody.Sized sized => await CopySizedAsync(source, sized.Length, response),
                AnswerBody.Chunked => await CopyChunkedAsync(source, response),
                _ => await CopyUntilCloseAsync(source, response),
            };
            if (whole)
                await response.CompleteAsync();
            else
                context.Abort();
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end broke in the middle; the status is out, so a cut is the only honest end.
            context.Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> CopySizedAsync(AnswerSource source, long length, HttpResponse response)
    {
        while (length > 0)
        {
            var piece = await source.ReadAsync();
            if (piece.IsEmpty)
                return false;
            // What a server sends behind its answer is not part of it.
            if (piece.Length > length)
                piece = piece[..(int)length];
            await response.Body.WriteAsync(piece, source.Stop);
            length -= piece.Length;
        }

        return true;
    }

    private static async Task<bool> CopyChunkedAsync(AnswerSource source, HttpResponse response)
    {
        var chunks = default(ChunkReader);
        while (!chunks.Done)
        {
            var piece = await source.ReadAsync();
            if (piece.IsEmpty)
                return false;
            while (!piece.IsEmpty && !chunks.Done)
            {
                var taken = chunks.Next(piece.Span, out var data);
                if (taken < 0)
                    return false;
                if (!piece[data].IsEmpty)
                    await response.Body.WriteAsync(piece[data], source.Stop);
                piece = piece[taken..];
            }
        }

        return true;
    }

    private static async Task<bool> CopyUntilCloseAsync(AnswerSource source, HttpResponse response)
    {
        while (true)
        {
            var piece = await source.ReadAsync();
            if (piece.IsEmpty)
                return true;
            await response.Body.WriteAsync(piece, source.Stop);
        }
    }

    private static void RemoveHopByHop(HeaderLines lines)
    {
        // It would lead around this proxy.
        lines.Remove("Alt-Svc");
        var nominated = HopByHop.Nominated(new StringValues(lines.Values("Connection")));
        lines.RemoveWhere(name =>
            HopByHop.Is(name)
            || (nominated is not null && nominated.Contains(name) && !name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase))
        );
    }

    private static void Copy(HeaderLines lines, IHeaderDictionary headers)
    {
        foreach (var line in lines.All)
            headers.Append(line.Name, HeaderText.OneLine(line.Value));
    }
}

using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The lines of requests in the access log: when a request begins and when it is over. Of a WebSocket the line is written by its tunnel.
/// </summary>
internal sealed class RequestLines(AccessLog? log, FactsOfRequest facts, TimeProvider time)
{
    // The last chunk, and the empty line behind it (RFC 9112, 7.1).
    private const int LastChunk = 5;

    /// <summary>True when lines are written.</summary>
    public bool IsOn => log is not null;

    /// <summary>A request begins.</summary>
    public AnswerFacts Begin(HttpContext context)
    {
        var connection = context.Features.Get<ConnectionFacts>();
        return new(context.Response, time) { Connection = connection, ConnectionRequests = connection?.CountRequest() ?? 0 };
    }

    /// <summary>A request is over. <paramref name="request"/> is null when it was refused before it was read.</summary>
    public void End(HttpContext context, RequestFacts? request, AnswerFacts answer)
    {
        if (log is null || answer.IsTunnel || !answer.IsLogged)
            return;
        request ??= facts.ReadRefused(context);
        request.Answer = answer;

        // 1. How it ended. nginx has a status for a client that left before there was one.
        var hasLeft = answer.HasLeft || context.RequestAborted.IsCancellationRequested;
        answer.IsComplete = !hasLeft && answer.LastTry is null or { Failure: null } or { HeaderTime: null };
        answer.End(hasLeft && !context.Response.HasStarted ? AnswerFacts.ClientLeft : 0);

        // 2. What it took.
        if (context.Features.Get<IHttpResponseBodyFeature>() is CountedResponseBody body)
        {
            var isChunked = context.Response.Headers.TransferEncoding.Count > 0;
            answer.BodyBytes = body.BytesWritten + (isChunked ? body.ChunkBytes + (answer.IsComplete ? LastChunk : 0) : 0);
        }
        else
        {
            answer.BodyBytes = HttpMethods.IsHead(context.Request.Method) ? 0 : context.Response.ContentLength ?? 0;
        }

        answer.RequestBytes = HeadBytes(request) + ((context.Request.Body as ReplayableBody)?.BytesRead ?? 0);
        log.Write(request);
    }

    /// <summary>The bytes of a request's head as HTTP/1.1 writes it.</summary>
    public static long HeadBytes(RequestFacts request)
    {
        // "GET / HTTP/1.1" and an empty line.
        long bytes = request.Method.Length + 1 + request.RawTarget.Length + 1 + request.Protocol.Length + 2 + 2;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
                bytes += name.Length + 2 + (value?.Length ?? 0) + 2;
        }

        return bytes;
    }
}

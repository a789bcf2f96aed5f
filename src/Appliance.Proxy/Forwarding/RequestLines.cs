using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// What is kept of requests: when one begins and when it is over. It goes to the newest requests in memory, and to the access log, where
/// there is one. A WebSocket is kept by its tunnel.
/// </summary>
internal sealed class RequestLines(
    AccessLog? log,
    RecentRequests recent,
    HeaderWatches watches,
    FactsOfRequest facts,
    Traces traces,
    TimeProvider time
)
{
    // The last chunk, and the empty line behind it (RFC 9112, 7.1).
    private const int LastChunk = 5;

    /// <summary>A request begins.</summary>
    public AnswerFacts Begin(HttpContext context, OwnConnections? own) =>
        new(context.Response, time)
        {
            Connection = own?.Client,
            ConnectionRequests = own?.Client.CountRequest() ?? 0,
            Trace = traces.Begin(context),
        };

    /// <summary>What the client got, for figures and lines alike: nginx's 499 when it left before there was an answer.</summary>
    public static int StatusFor(HttpContext context, AnswerFacts answer) =>
        answer.HasLeft && !context.Response.HasStarted ? AnswerFacts.ClientLeft : context.Response.StatusCode;

    /// <summary>A request is over. <paramref name="request"/> is null when it was refused before it was read.</summary>
    public void End(HttpContext context, RequestFacts? request, AnswerFacts answer)
    {
        if (answer.IsTunnel)
            return;
        request ??= facts.ReadRefused(context);
        request.Answer = answer;
        request.RequestId ??= OwnPage.GivenId(context);

        // 1. How it ended. nginx has a status for a client that left before there was one. The proxy's own page is whole.
        answer.IsComplete = !answer.HasLeft && (answer.Failure is not null || answer.LastTry is null or { Failure: null });
        answer.End(StatusFor(context, answer));

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

        answer.RequestBodyBytes = (context.Request.Body as ReplayableBody)?.BytesRead ?? 0;
        answer.Trace?.End(request, answer);
        Traces.Count(request, answer);

        // 3. Its line first: the ID that stands in it is found among the newest requests, too.
        try
        {
            if (log is { IsOn: true } && answer.IsLogged)
                log.Write(request);
        }
        finally
        {
            recent.Add(request, answer, watches.Keep(answer.RouteId, request.Headers, answer.SentHeaders));
        }
    }
}

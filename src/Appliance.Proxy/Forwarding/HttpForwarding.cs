using System.Diagnostics;
using System.Net;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Forwards plain HTTP: we choose the server and decide about the next one, YARP's forwarder carries the bytes.
/// Hot path: no logging above Debug on success, no lock but the pool's own.
/// </summary>
internal sealed class HttpForwarding(IHttpForwarder forwarder, ILogger<HttpForwarding> log)
{
    /// <summary>How much of a body is kept for a second server. A longer body that was begun is not replayed.</summary>
    private const int ReplayBytes = 1 << 20;

    public async Task RunAsync(HttpContext context, ForwardTarget target, ProxyExchange exchange)
    {
        // Without this YARP would turn a POST or HTTP/1.0 with Upgrade into a GET and tunnel whatever protocol was offered.
        context.Features.Set<IHttpUpgradeFeature>(null);
        context.Features.Set<IHttpExtendedConnectFeature>(null);
        context.Features.Set(exchange);

        var body = BodyOf(context, target);
        var tried = default(TriedServers);
        var tries = 0;
        var last = target.Pool.IsDrained ? Failure.Drained : Failure.NoServer;
        while (target.Pool.Choose(exchange.Facts.ClientAddress, ref tried) is { } lease)
        {
            using (lease)
            {
                tries++;
                var failure = await TryAsync(context, target, exchange, body, lease);
                if (failure is null)
                    return;
                last = failure;
            }

            if (!MayTryNext(context, target, exchange, body, last, tries))
                break;
            body?.Rewind();
            context.Response.Clear();
            context.Features.Set<IForwarderErrorFeature>(null);
        }

        await AnswerAsync(context, exchange, last);
    }

    // Null: the response is the client's (whatever its status), or the client is gone.
    private async Task<Failure?> TryAsync(HttpContext context, ForwardTarget target, ProxyExchange exchange, ReplayableBody? body, ServerLease lease)
    {
        var server = lease.Server;
        exchange.Server = server;
        exchange.Answered = false;
        exchange.BadAnswer = null;
        exchange.Refusal = null;
        exchange.AnswerIsWhole = false;
        var yarp = target.Yarp!;
        var started = Stopwatch.GetTimestamp();
        server.Traffic.Begin();
        target.Pool.Traffic.Begin();
        var error = await forwarder.SendAsync(
            context,
            server.Uri.AbsoluteUri,
            yarp.Cluster!.Model.HttpClient,
            server.IsHttp2 ? target.Http2RequestConfig : target.RequestConfig,
            yarp.Transformer);
        var status = exchange.Answered ? context.Response.StatusCode : 0;
        var counted = status == 0 ? StatusCodes.Status502BadGateway : status;
        var duration = Stopwatch.GetElapsedTime(started);
        server.Traffic.End(counted, duration, body?.BytesRead ?? 0, BytesOut(context));
        target.Pool.Traffic.End(counted, duration, body?.BytesRead ?? 0, BytesOut(context));

        if (exchange.BadAnswer is { } reason)
        {
            lease.Failed(reason);
            return new(StatusCodes.Status502BadGateway, reason, Sent: true, null);
        }

        if (error == ForwarderError.None)
        {
            lease.Succeeded();
            return null;
        }

        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (context.RequestAborted.IsCancellationRequested || body?.ClientError is not null || error is ForwarderError.RequestCanceled)
        {
            // The client went away or sent a broken body: no server is to blame.
            lease.Succeeded();
            return body?.ClientError is BadHttpRequestException bad ? new(bad.StatusCode, "The request body cannot be accepted.", Sent: true, null) : null;
        }

        if (error is ForwarderError.RequestCreation)
        {
            // Nothing was sent, and no server would get anything else.
            var unsendable = Failure.Unsendable(exception);
            log.TryFailed(exception, exchange.Route.Route.Name, server.Address, unsendable.Reason);
            return unsendable;
        }

        var failure = Classify(error, exception, exchange);
        lease.Failed(failure.Reason);
        log.TryFailed(exception, exchange.Route.Route.Name, server.Address, failure.Reason);
        return context.Response.HasStarted ? null : failure;
    }

    private static bool MayTryNext(HttpContext context, ForwardTarget target, ProxyExchange exchange, ReplayableBody? body, Failure failure, int tries)
    {
        if (failure.IsEverywhere || context.Response.HasStarted || exchange.Answered || context.RequestAborted.IsCancellationRequested)
            return false;
        if (target.Action.MaxTries > 0 && tries >= target.Action.MaxTries)
            return false;
        if (body is { CanReplay: false })
            return false;

        // A request that never left may go to the next server whatever its method; one that was sent only when doing it twice is
        // harmless (RFC 9110, 9.2.2; nginx: proxy_next_upstream without non_idempotent).
        return !failure.Sent || IsIdempotent(context.Request.Method);
    }

    private static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method)
        || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    private static ReplayableBody? BodyOf(HttpContext context, ForwardTarget target)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            // HttpClient sends a request without content again by itself when the server just closes. With an empty content it does not, and both
            // are "Content-Length: 0" on the wire for these methods (RFC 9110, 8.6).
            if (!IsIdempotent(context.Request.Method) || HttpMethods.IsPut(context.Request.Method))
                context.Request.ContentLength = 0;
            return null;
        }

        var keep = target.Pool.Servers.Count > 1 && IsIdempotent(context.Request.Method) ? ReplayBytes : 0;
        var body = new ReplayableBody(context.Request.Body, keep);
        context.Request.Body = body;
        return body;
    }

    private static Failure Classify(ForwarderError error, Exception? exception, ProxyExchange exchange)
    {
        if (error is ForwarderError.RequestTimedOut)
            return new(StatusCodes.Status504GatewayTimeout, "The server did not answer in time.", Sent: true, exception);
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is UpstreamConnectException connect)
                return new(connect.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway, connect.Message, Sent: false, exception);
            if (inner is NoAnswerException { IsRefusal: true } refused)
                return new(StatusCodes.Status502BadGateway, refused.Message, Sent: false, exception);
        }

        if (exchange is { Refusal: { } refusal, Answered: false })
            return new(StatusCodes.Status502BadGateway, refusal, Sent: false, exception);
        return new(StatusCodes.Status502BadGateway, "The server closed the connection or sent an answer that is not HTTP.", Sent: true, exception);
    }

    private Task AnswerAsync(HttpContext context, ProxyExchange exchange, Failure failure)
    {
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        log.NoAnswer(exchange.Route.Route.Name, failure.Status, failure.Reason);
        context.Response.Clear();
        exchange.Route.ResponseHeaders.Apply(exchange.Facts, new ResponseLines(context.Response.Headers));
        return OwnPage.WriteAsync(context, failure.Status, failure.Status switch
        {
            StatusCodes.Status504GatewayTimeout => "The service behind this address did not answer in time.",
            StatusCodes.Status503ServiceUnavailable => "The service behind this address takes nothing new for the moment. Please try again later.",
            StatusCodes.Status413PayloadTooLarge => "The request body is larger than this address accepts.",
            < 500 => "The request body cannot be accepted.",
            _ => "The service behind this address cannot be reached.",
        });
    }

    private static long BytesOut(HttpContext context) => (context.Features.Get<IHttpResponseBodyFeature>() as CountedResponseBody)?.BytesWritten ?? 0;

    private sealed record Failure(int Status, string Reason, bool Sent, Exception? Cause)
    {
        public static Failure NoServer { get; } = new(StatusCodes.Status502BadGateway, "No server of the pool is available.", Sent: false, null);

        public static Failure Drained { get; } = new(StatusCodes.Status503ServiceUnavailable, "Every server of the pool is being drained.", Sent: false, null);

        // True when every server would fail alike.
        public bool IsEverywhere { get; private init; }

        public static Failure Unsendable(Exception? cause) =>
            new(StatusCodes.Status502BadGateway, "The request cannot be written as the client or a header rule wants it.", Sent: false, cause) { IsEverywhere = true };
    }
}

internal static partial class HttpForwardingLog
{
    [LoggerMessage(1100, LogLevel.Debug, "Route {Route}: server {Server} failed: {Reason}")]
    public static partial void TryFailed(this ILogger log, Exception? exception, string route, string server, string reason);

    [LoggerMessage(1101, LogLevel.Debug, "Route {Route} answered {Status}: {Reason}")]
    public static partial void NoAnswer(this ILogger log, string route, int status, string reason);
}

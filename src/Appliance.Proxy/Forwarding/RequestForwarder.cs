using System.Diagnostics;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Forwards plain HTTP: we choose the server and decide about the next one, a forwarder carries the bytes.
/// Hot path: no logging above Debug on success, no lock but the pool's own.
/// </summary>
internal sealed class RequestForwarder(
    IHttpForwarder forwarder,
    ReplayBudget budget,
    TimeSpan bodyGrace,
    TimeProvider time,
    SaidFaults said,
    ILogger<RequestForwarder> log
)
{
    /// <summary>How much of a body is kept for a second server. A longer body that was begun is not replayed.</summary>
    private const int ReplayBytes = 1 << 20;

    /// <summary>
    /// How much is kept where only a kept connection that is closed can make a second try necessary: that shows with the first bytes.
    /// </summary>
    private const int BeginningBytes = 64 << 10;

    // RFC 9113, 7.
    private const int Http11Required = 0xd;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(HttpContext context, ForwardTarget target, ProxyExchange exchange)
    {
        // No connection of HTTP/2 stands for one person: the client comes again over HTTP/1.1.
        if (
            HttpProtocol.IsHttp2(context.Request.Protocol)
            && ConnectionSignIn.IsIn(context.Request.Headers.Authorization)
            && context.Features.Get<IHttpResetFeature>() is { } stream
        )
        {
            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            stream.Reset(Http11Required);
            return;
        }

        // Without this YARP would turn a POST or HTTP/1.0 with Upgrade into a GET and tunnel whatever protocol was offered.
        context.Features.Set<IHttpUpgradeFeature>(null);
        context.Features.Set<IHttpExtendedConnectFeature>(null);
        context.Features.Set(exchange);

        await using var body = exchange.Body = BodyOf(context, target, exchange.Route.Route.MaxRequestBodyBytes ?? long.MaxValue);
        if (await TryServersAsync(context, target, exchange) is { } failure)
            await AnswerAsync(context, exchange, failure);
    }

    // Null: the response is the client's (whatever its status), or the client is gone.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Failure?> TryServersAsync(HttpContext context, ForwardTarget target, ProxyExchange exchange)
    {
        var tried = default(TriedServers);
        var tries = 0;
        var last = target.Pool.IsDrained ? Failure.Drained : Failure.NoServer;
        while (Next(target, exchange, ref tried, isFirst: tries == 0) is { } lease)
        {
            using (lease)
            {
                tries++;
                var (end, reason) = await TryAsync(context, target, exchange, lease, wantsNewConnection: false);

                // A kept connection was closed: the same server once more, over a new one.
                if (end is TryEnd.Stale or TryEnd.StaleUnsent && MayTryAgain(context, exchange, end))
                {
                    Rewind(context, exchange);
                    (end, reason) = await TryAsync(context, target, exchange, lease, wantsNewConnection: true);
                }

                if (end is TryEnd.Answered || context.Response.HasStarted)
                    return null;
                last = Failure.Of(end, reason, exchange.Body);
                if (!MayTryAgain(context, exchange, end) || (target.Action.MaxTries > 0 && tries >= target.Action.MaxTries))
                    break;
            }

            Rewind(context, exchange);
        }

        return last;
    }

    // Who has signed in on a connection stays with its server while that may be chosen.
    private static ServerLease? Next(ForwardTarget target, ProxyExchange exchange, ref TriedServers tried, bool isFirst) =>
        (isFirst && exchange.Own?.ServerOf(exchange.Pool) is { } own ? target.Pool.Take(own, ref tried) : null)
        ?? target.Pool.Choose(exchange.Facts.ClientAddress, ref tried);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(TryEnd End, string Reason)> TryAsync(
        HttpContext context,
        ForwardTarget target,
        ProxyExchange exchange,
        ServerLease lease,
        bool wantsNewConnection
    )
    {
        var server = lease.Server;
        exchange.Begin(server, wantsNewConnection);
        exchange.Facts.Answer?.Ask(server.HostAndPort);
        var started = Stopwatch.GetTimestamp();
        server.Traffic.Begin();
        target.Pool.Traffic.Begin();
        Exception? exception;
        (TryEnd End, string Reason) ended;
        try
        {
            var error = await forwarder.SendAsync(
                context,
                server.Uri.AbsoluteUri,
                target.Yarp!.Cluster!.Model.HttpClient, // the pipeline has checked both
                server.IsHttp2 ? target.Http2RequestConfig : target.RequestConfig,
                target.Yarp.Transformer
            );
            // What still ends of this try must not reach into the next one.
            if (exchange.Body?.Sending is { IsCompleted: false } sending)
                await sending;
            exception = exchange.Ended is { } ours ? ours.Cause : context.Features.Get<IForwarderErrorFeature>()?.Exception;
            ended = TryJudge.Of(context, error, exception, exchange);
        }
        catch (Exception fault)
        {
            // What the forwarder does not report is no server's doing. The request fails; what it had taken is given back below.
            exception = fault;
            ended = TryJudge.OfFault(context);
            if (context.Response.HasStarted)
                context.Abort();
        }

        exchange.End();
        var (end, reason) = ended;
        var verdict = TryVerdict.Of(end);
        var duration = Stopwatch.GetElapsedTime(started);
        var counted = CountedStatus(context, exchange, verdict);
        var (bytesIn, bytesOut) = (exchange.Body?.BytesRead ?? 0, BytesOut(context));
        if (counted == 0)
            duration = TimeSpan.Zero;
        server.Traffic.End(counted, duration, bytesIn, bytesOut);
        target.Pool.Traffic.End(counted, duration, bytesIn, bytesOut);
        if (exchange.IsByYarp)
            exchange.Facts.Answer?.LastTry?.Sent(exchange.Body?.BytesGiven ?? 0);

        // The status of a client's fault is ours alone: the server gave none.
        var isSpoilt = end is TryEnd.ClientBroken or TryEnd.ClientTooSlow;
        exchange.Facts.Answer?.LastTry?.End(isSpoilt ? 0 : verdict.Status, end is TryEnd.Answered ? null : reason);
        if (end is TryEnd.ClientGone)
            exchange.Facts.Answer?.Leave();
        else if (isSpoilt)
            exchange.Facts.Answer?.Spoil();
        if (end is TryEnd.Answered)
        {
            lease.Succeeded();
            return (end, reason);
        }

        if (verdict.IsBlamed)
            lease.Failed(reason);
        else if (end is TryEnd.LocalWant or TryEnd.UnsureEnd)
            lease.Noted(reason);
        if (end is TryEnd.Faulted or TryEnd.Unwritable)
            log.TryFaulted(exception, exchange.Route.Route.Name, server.Address, reason);
        else
            log.TryFailed(exception, exchange.Route.Route.Name, server.Address, reason);

        if ((verdict.IsBlamed || end is TryEnd.LocalWant or TryEnd.UnsureEnd) && said.Due(server.Address, reason) is > 0 and var times)
            log.ServerFailed(exchange.Route.Route.Name, server.Address, target.Pool.Pool.Name, reason, SaidFaults.HowOften(times));
        return (end, reason);
    }

    // A server that breaks its answer off has failed, whatever status it began with. What no server did is not counted as an answer of
    // one, nor as a latency.
    private static int CountedStatus(HttpContext context, ProxyExchange exchange, TryVerdict verdict) =>
        verdict.IsBlamed ? StatusCodes.Status502BadGateway
        : exchange.Answered ? context.Response.StatusCode
        : 0;

    private static bool MayTryAgain(HttpContext context, ProxyExchange exchange, TryEnd end)
    {
        if (
            context.Response.HasStarted
            || exchange.Answered
            || context.RequestAborted.IsCancellationRequested
            || exchange.Body is { CanReplay: false }
        )
            return false;

        // A request that never left may go to the next server whatever its method; one that was sent only when doing it twice is
        // harmless (RFC 9110, 9.2.2; nginx: proxy_next_upstream without non_idempotent).
        return TryVerdict.Of(end).Next switch
        {
            NextServer.Always => true,
            NextServer.WhenIdempotent => IdempotentMethods.Contains(context.Request.Method),
            _ => false,
        };
    }

    private static void Rewind(HttpContext context, ProxyExchange exchange)
    {
        exchange.Body?.Rewind();
        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
    }

    private ReplayableBody? BodyOf(HttpContext context, ForwardTarget target, long mostBytes)
    {
        var idempotent = IdempotentMethods.Contains(context.Request.Method);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return null;

        var keep = target.Pool.Servers.Count > 1 && idempotent ? ReplayBytes : BeginningBytes;

        // A gRPC client stream may be silent for as long as it likes: its messages are no upload.
        var isGrpc = context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
        var rate = isGrpc ? 0 : target.Action.MinBodyRate;
        var reader = context.Request.BodyReader;
        var body = new ReplayableBody(
            new RequestBodyStream(reader, mostBytes),
            keep,
            budget,
            rate > 0 ? new(rate, bodyGrace, time) : null,
            reader
        );
        context.Request.Body = body;
        return body;
    }

    private Task AnswerAsync(HttpContext context, ProxyExchange exchange, Failure failure)
    {
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        if (failure.Status == 0)
        {
            // Nobody reads it. Left as it is, it would be an empty 200.
            context.Abort();
            return Task.CompletedTask;
        }

        log.NoAnswer(exchange.Route.Route.Name, failure.Status, failure.Reason);
        var route = exchange.Route.Route.Name;
        if (ReferenceEquals(failure, Failure.NoServer) && said.Due(route, failure.Reason) is > 0 and var times)
            log.NobodyToAsk(route, failure.Status, failure.Reason, SaidFaults.HowOften(times));
        context.Response.Clear();
        context.Response.StatusCode = failure.Status;
        exchange.Facts.Answer?.Fail(failure.Reason);
        exchange.Route.ResponseHeaders.Apply(exchange.Facts, new ResponseLines(context.Response.Headers));

        // The rest of a body that was given up or is broken is not a request: the connection is closed, and a client that knows sends no
        // other one.
        if (failure.Status < 500 && !HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return OwnPage.WriteAsync(
            context,
            failure.Status,
            failure.Status switch
            {
                StatusCodes.Status504GatewayTimeout => "The service behind this address did not answer in time.",
                StatusCodes.Status503ServiceUnavailable =>
                    "The service behind this address takes nothing new for the moment. Please try again later.",
                StatusCodes.Status500InternalServerError => "Something went wrong in the proxy.",
                StatusCodes.Status413PayloadTooLarge => "The request body is larger than this address accepts.",
                StatusCodes.Status408RequestTimeout => "The request body came too slowly.",
                < 500 => "The request body cannot be accepted.",
                _ => "The service behind this address cannot be reached.",
            }
        );
    }

    private static long BytesOut(HttpContext context) =>
        (context.Features.Get<IHttpResponseBodyFeature>() as CountedResponseBody)?.BytesWritten ?? 0;

    private sealed record Failure(int Status, string Reason)
    {
        public static Failure NoServer { get; } = new(StatusCodes.Status502BadGateway, "No server of the pool is available.");

        public static Failure Drained { get; } = new(StatusCodes.Status503ServiceUnavailable, "Every server of the pool is being drained.");

        // A broken body has a status of its own.
        public static Failure Of(TryEnd end, string reason, ReplayableBody? body) =>
            new(
                end is TryEnd.ClientBroken && body?.ClientError is BadHttpRequestException bad ? bad.StatusCode : TryVerdict.Of(end).Status,
                reason
            );
    }
}

internal static partial class RequestForwarderLog
{
    [LoggerMessage(1100, LogLevel.Debug, "Route {Route}: server {Server} failed: {Reason}")]
    public static partial void TryFailed(this ILogger log, Exception? exception, string route, string server, string reason);

    [LoggerMessage(1101, LogLevel.Debug, "Route {Route} answered {Status}: {Reason}")]
    public static partial void NoAnswer(this ILogger log, string route, int status, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "Route {Route}: server {Server} of pool {Pool} failed: {Reason} ({HowOften})")]
    public static partial void ServerFailed(this ILogger log, string route, string server, string pool, string reason, string howOften);

    [LoggerMessage(1104, LogLevel.Warning, "Route {Route} answers {Status}: {Reason} ({HowOften})")]
    public static partial void NobodyToAsk(this ILogger log, string route, int status, string reason, string howOften);

    [LoggerMessage(1102, LogLevel.Error, "Route {Route}: a request to server {Server} failed in the proxy: {Reason}")]
    public static partial void TryFaulted(this ILogger log, Exception? exception, string route, string server, string reason);
}

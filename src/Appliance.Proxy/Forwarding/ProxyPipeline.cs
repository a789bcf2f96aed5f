using System.Diagnostics;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets;
using Appliance.Proxy.WebSockets.Handshake;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The way of one request through the proxy, from the parsed head to its action. Every request keeps the snapshot it began with.
/// Hot path: no lock, no logging on success, a handful of objects a request.
/// </summary>
internal sealed class ProxyPipeline(
    RequestGates gates,
    SnapshotHolder holder,
    RequestForwarder http,
    WebSocketTunnel tunnels,
    TrafficRegistry traffic,
    RequestLines lines,
    ILogger<ProxyPipeline> log
)
{
    public async Task RunAsync(HttpContext context)
    {
        var snapshot = holder.Current;

        // On the thread of an event loop nothing may take long, and one connection has so many requests in a row.
        if (LoopThread.IsCurrent && (snapshot.MayBacktrack || LoopThread.HasHadItsTurn()))
            await LoopThread.LeaveAsync();
        var own = context.Features.Get<OwnConnections>();
        var gated = new GatedRequest(context, snapshot) { Answer = lines.Begin(context, own), Own = own };
        try
        {
            // 1. The gates, in their order.
            foreach (var gate in gates.All)
            {
                if (await gate.IsAnsweredAsync(gated))
                    return;
            }

            // 2. Which route.
            var request = gated.Facts!; // a gate has read them
            request.Answer = gated.Answer;
            var match = snapshot.Table.Find(request);
            switch (match.Outcome)
            {
                case RouteOutcome.Found:
                case RouteOutcome.AddSlash:
                    // both outcomes have a route
                    await CountedAsync(gated, request, match.Route!, addsSlash: match.Outcome == RouteOutcome.AddSlash);
                    break;
                case RouteOutcome.MethodNotAllowed:
                    context.Response.Headers.Allow = match.AllowedMethods;
                    await OwnPage.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "This address does not accept this method.");
                    break;
                case RouteOutcome.NotFound:
                default:
                    await OwnPage.WriteAsync(context, StatusCodes.Status404NotFound, "No route of this proxy answers for this address.");
                    break;
            }
        }
        catch (RegexOutOfTimeException slow) when (gated.Facts is not null)
        {
            // Taken for "no match" it would open the next route, so it is an answer of its own, as in nginx.
            var isFirst = false;
            foreach (var id in slow.Routes)
                isFirst |= traffic.Route(id).RegexRanOut(slow.Place, slow.Pattern, gated.Facts.Started) == 1;
            if (isFirst)
                log.RegexRanOut(slow.Place, slow.Pattern);
            await OwnPage.WriteAsync(
                context,
                StatusCodes.Status500InternalServerError,
                "The rules for this address took too long to read the request."
            );
        }
        catch (BadHttpRequestException exception)
        {
            if (!context.Response.HasStarted && !HttpProtocol.IsHttp2(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            await OwnPage.WriteAsync(context, exception.StatusCode, "The request cannot be accepted.");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left; there is nobody to tell.
            gated.Answer.Leave();
        }
        catch (Exception exception)
        {
            // The edge of a request: one request fails, the proxy goes on.
            log.RequestFailed(exception, context.Request.Method);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await OwnPage.WriteAsync(context, StatusCodes.Status500InternalServerError, "Something went wrong in the proxy.");
        }
        finally
        {
            try
            {
                lines.End(context, gated.Facts, gated.Answer);
                if (!gated.HasRoute)
                    traffic.AddUnrouted(gated.Answer.Status, gated.Answer.Duration, gated.Answer.BodyBytes);
            }
            catch (Exception exception)
            {
                // Going on is right: the request is served, and only its line is missing.
                log.LineFailed(exception);
            }

            RequestGate.Leave(context);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CountedAsync(GatedRequest gated, RequestFacts request, CompiledRoute route, bool addsSlash)
    {
        gated.HasRoute = true;
        var context = gated.Context;
        var counters = traffic.Route(route.Route.Id);
        var started = Stopwatch.GetTimestamp();
        var body = new CountedResponseBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), request);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        var socket = false;
        counters.Begin();
        traffic.Total.Begin();
        try
        {
            if (request.Answer is { } answer)
                (answer.RouteId, answer.RouteName, answer.IsLogged) = (route.Route.Id, route.Route.Name, route.Route.AccessLog);
            request.PoolName = addsSlash ? null : (route.Route.Action as RouteAction.Proxy)?.Pool;
            route.EvaluateMaps(request);
            socket = await ActAsync(gated, request, route, counters, addsSlash);
        }
        catch (RegexOutOfTimeException slow)
        {
            slow.StandsIn(slow.Place, slow.Pattern, [route.Route.Id]);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            throw;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            gated.Answer.Leave();
            throw;
        }
        finally
        {
            // A WebSocket's life is not a latency: its time and its bytes are counted by the tunnel.
            var bytesIn = (context.Request.Body as ReplayableBody)?.BytesRead ?? 0;
            var duration = socket ? TimeSpan.Zero : Stopwatch.GetElapsedTime(started);
            var status = RequestLines.StatusFor(context, gated.Answer);
            counters.End(status, duration, bytesIn, body.BytesWritten);
            traffic.Total.End(status, duration, bytesIn, body.BytesWritten);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ActAsync(
        GatedRequest gated,
        RequestFacts request,
        CompiledRoute route,
        RouteTraffic counters,
        bool addsSlash
    )
    {
        var context = gated.Context;
        if (route.Unavailable is not null)
        {
            await OwnPage.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "This address is being set up. Please try again later."
            );
            return false;
        }

        if (addsSlash)
        {
            Redirect(context, request, StatusCodes.Status301MovedPermanently, route.SlashLocation(request.Path));
            route.ResponseHeaders.Apply(request, new ResponseLines(context.Response.Headers));
            return false;
        }

        if (route.Route.MaxRequestBodyBytes is { } limit && !await WithinLimitAsync(context, limit))
            return false;

        switch (route.Route.Action)
        {
            case RouteAction.Proxy:
                return await ForwardAsync(gated, request, route, counters);
            case RouteAction.Redirect redirect:
                Redirect(context, request, redirect.Status, route.Text!.Render(request));
                route.ResponseHeaders.Apply(request, new ResponseLines(context.Response.Headers));
                return false;
            // Over HTTP/2 any 2xx would mean that the WebSocket is open (RFC 8441, 5).
            case RouteAction.Respond { Status: < 300 } when WebSocketHandshake.IsExtendedConnect(context):
                await OwnPage.WriteAsync(context, StatusCodes.Status400BadRequest, "There is no WebSocket at this address.");
                return false;
            case RouteAction.Respond respond:
                await RespondAsync(context, request, route, respond);
                return false;
            default:
                throw new UnreachableException();
        }
    }

    // True when it was a WebSocket handshake.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ForwardAsync(GatedRequest gated, RequestFacts request, CompiledRoute route, RouteTraffic counters)
    {
        var (context, snapshot) = (gated.Context, gated.Snapshot);
        if (!snapshot.Targets.TryGetValue(route.Route.Id, out var target) || target.Yarp is null)
        {
            await OwnPage.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "This address is being set up. Please try again later."
            );
            return false;
        }

        if (route.UpstreamTarget(request) is not { } upstreamTarget)
        {
            await OwnPage.WriteAsync(context, StatusCodes.Status400BadRequest, "The request target leads out of this address.");
            return false;
        }

        var verdict = WebSocketHandshake.Check(context, route.Route.WebSocket.LaxHandshake);
        var upgrades = verdict.Kind == HandshakeKind.PlainHttp ? UpgradeOffer.Of(context, route.Route.Upgrades) : [];
        switch (verdict.Kind)
        {
            case HandshakeKind.PlainHttp when upgrades.IsEmpty:
                await http.RunAsync(
                    context,
                    target,
                    new(request, route, target.Action, upstreamTarget)
                    {
                        Pool = target.Pool.Pool.Id,
                        Settings = target.Pool.Pool,
                        Trust = target.Pool.Trust,
                        MayTakeLong = snapshot.MayBacktrack,
                        Own = gated.Own,
                    }
                );
                return false;
            case HandshakeKind.Refuse:
                if (verdict.Status == StatusCodes.Status426UpgradeRequired && !HttpProtocol.IsHttp2(context.Request.Protocol))
                {
                    // RFC 6455, 4.4 and RFC 9110, 15.5.22.
                    context.Response.Headers.SecWebSocketVersion = "13";
                    context.Response.Headers.Upgrade = "websocket";
                    context.Response.Headers.Connection = "Upgrade";
                }

                await LoopThread.LeaveAsync();
                Count(counters, HandshakeRefusal.Malformed);
                var sentence = verdict.Reason ?? "The WebSocket handshake cannot be accepted.";
                tunnels.NoteFailed(
                    context,
                    request,
                    route,
                    target.Pool,
                    new(verdict.Status, sentence, HandshakeRefusal.Malformed),
                    UpgradeOffer.WebSocket
                );
                await OwnPage.WriteAsync(context, verdict.Status, sentence);
                return true;
            case HandshakeKind.PlainHttp:
            case HandshakeKind.WebSocket:
                context.Features.CarryOnLoop(false);
                await LoopThread.LeaveAsync();
                var outcome = await tunnels.RunAsync(
                    context,
                    new(request, route, target.Action, upstreamTarget, target.Pool, counters, snapshot.Revision)
                    {
                        Total = traffic.Total,
                        Upgrades = upgrades,
                    }
                );
                tunnels.NoteFailed(
                    context,
                    request,
                    route,
                    target.Pool,
                    outcome,
                    upgrades.IsEmpty ? UpgradeOffer.WebSocket : string.Join(", ", upgrades)
                );
                if (outcome.Refusal is { } refusal)
                    Count(counters, refusal);
                if (outcome.FailureStatus != 0)
                    await RefusedAsync(context, request, route, outcome);
                return true;
            default:
                throw new UnreachableException();
        }
    }

    private void Count(RouteTraffic counters, HandshakeRefusal refusal)
    {
        counters.HandshakeRefused(refusal);
        traffic.Total.HandshakeRefused(refusal);
    }

    private Task RefusedAsync(HttpContext context, RequestFacts request, CompiledRoute route, TunnelOutcome outcome)
    {
        log.HandshakeFailed(route.Route.Name, outcome.FailureStatus, outcome.Reason ?? "");
        context.Response.Clear();
        context.Response.StatusCode = outcome.FailureStatus;
        request.Answer?.Fail(outcome.Reason ?? "");
        route.ResponseHeaders.Apply(request, new ResponseLines(context.Response.Headers));
        return OwnPage.WriteAsync(
            context,
            outcome.FailureStatus,
            outcome.FailureStatus switch
            {
                _ when outcome.Refusal is not null => outcome.Reason!, // a refusal has a sentence
                StatusCodes.Status504GatewayTimeout => "The service behind this address did not answer in time.",
                _ => "The service behind this address cannot be reached.",
            }
        );
    }

    private static async Task<bool> WithinLimitAsync(HttpContext context, long limit)
    {
        if (
            context.Request.Headers.TransferEncoding.Count == 0
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size
        )
            size.MaxRequestBodySize = limit;
        if (context.Request.ContentLength is not { } length || length <= limit)
            return true;
        await OwnPage.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "The request body is larger than this address accepts.");
        return false;
    }

    private static async Task RespondAsync(HttpContext context, RequestFacts request, CompiledRoute route, RouteAction.Respond respond)
    {
        var response = context.Response;
        response.StatusCode = respond.Status;
        request.Answer?.IsOurs();
        var bodyless = respond.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified;
        var text = bodyless ? "" : route.Text!.Render(request);
        if (!bodyless)
            response.ContentType = route.ContentType;
        route.ResponseHeaders.Apply(request, new ResponseLines(response.Headers));
        var bytes = HeaderText.Body(text);
        if (!bodyless)
            response.ContentLength = bytes.Length;
        if (bytes.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    // nginx (absolute_redirect on) completes it with the host the client used; relative locations are right behind any proxy (RFC 9110,
    // 10.2.2).
    private static void Redirect(HttpContext context, RequestFacts request, int status, string location)
    {
        context.Response.StatusCode = status;
        request.Answer?.IsOurs();
        context.Response.Headers.Location = HeaderText.OneLine(location);
        context.Response.ContentLength = 0;
    }
}

internal static partial class ProxyPipelineLog
{
    [LoggerMessage(1120, LogLevel.Error, "A {Method} request failed inside the proxy.")]
    public static partial void RequestFailed(this ILogger log, Exception exception, string method);

    [LoggerMessage(1123, LogLevel.Error, "A request has no line in the access log: it could not be written.")]
    public static partial void LineFailed(this ILogger log, Exception exception);

    // Once for each regex: a client could fill the log with such requests. The console counts.
    [LoggerMessage(1122, LogLevel.Warning, "A request was answered 500: a regex ran out of time. It stands in {Place}: {Pattern}")]
    public static partial void RegexRanOut(this ILogger log, string place, string pattern);

    [LoggerMessage(1121, LogLevel.Debug, "Route {Route} answered a WebSocket handshake with {Status}: {Reason}")]
    public static partial void HandshakeFailed(this ILogger log, string route, int status, string reason);
}

using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Handshake;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.WebSockets;

/// <summary>
/// The whole life of a WebSocket, or of a connection of another protocol that was switched to: dial, handshake, relay, end.
/// </summary>
public sealed class WebSocketTunnel : IDisposable
{
    private const int LongestText = 256;

    private readonly ConnectionRegistry _registry;
    private readonly TunnelSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<WebSocketTunnel> _log;
    private readonly SaidFaults _said;
    private readonly EpollLoops? _loops;
    private readonly ExtendedConnect _extendedConnect;
    private readonly UpstreamDialer _dialer;
    private readonly HandshakeAdmission _admission;
    private readonly Drains? _drains;
    private readonly Inspections? _inspections;
    private readonly AccessLog? _accessLog;
    private readonly RecentRequests? _recent;
    private readonly HeaderWatches? _watches;

    /// <summary>With <paramref name="loops"/>, if there are any, tunnels between plain HTTP/1.1 connections are carried by them.</summary>
    internal WebSocketTunnel(
        ConnectionRegistry registry,
        TunnelSettings settings,
        UpstreamDialer dialer,
        TimeProvider time,
        ILogger<WebSocketTunnel> log,
        EpollLoops? loops = null,
        Drains? drains = null,
        Inspections? inspections = null,
        AccessLog? accessLog = null,
        RecentRequests? recent = null,
        HeaderWatches? watches = null,
        SaidFaults? said = null
    )
    {
        (_accessLog, _recent, _watches) = (accessLog, recent, watches);
        _admission = new HandshakeAdmission(registry, drains);
        (_drains, _inspections) = (drains, inspections);
        (_registry, _settings, _time, _log, _loops) = (registry, settings, time, log, loops);
        _said = said ?? new SaidFaults(time);
        _extendedConnect = new ExtendedConnect(time, dialer);
        _dialer = dialer;
    }

    /// <summary>
    /// Carries one accepted handshake. Returns when the ordinary answer or the tunnel is over, or has left the HTTP stack; or with a
    /// failure while the response has not started, so that the caller can write its own page.
    /// </summary>
    public async Task<TunnelOutcome> RunAsync(HttpContext context, TunnelRequest request)
    {
        // 1. Admission. Running out of our own sockets is not the server's fault.
        if (_loops is { IsFull: true })
            return Refused(request, HandshakeRefusal.NoSockets);
        var (seat, refusal) = _admission.Admit(context, request);
        if (seat is null)
            return Refused(request, refusal);

        // 2. A tunnel that has left the HTTP stack keeps seat and lease until it is over.
        using var places = new TunnelPlaces(seat);
        return await TryServersAsync(context, request, places);
    }

    /// <summary>Remembers a handshake that became no tunnel, with the reason; one that became one is passed over.</summary>
    internal void NoteFailed(
        HttpContext context,
        RequestFacts facts,
        CompiledRoute route,
        CompiledPool pool,
        TunnelOutcome outcome,
        string protocol
    )
    {
        if (outcome.Reason is not { } reason)
            return;
        _registry.Failed.Add(
            new FailedHandshake
            {
                At = _time.GetUtcNow(),
                RouteId = route.Route.Id,
                RouteName = route.Route.Name,
                PoolName = pool.Pool.Name,
                ClientAddress = facts.ClientAddress,
                Host = Cut(facts.Host) ?? "",
                Path = PathOf(facts.RawTarget),
                Origin = Cut(context.Request.Headers.Origin),
                UserAgent = Cut(context.Request.Headers.UserAgent),
                Protocol = Cut(protocol) ?? "",
                Side = outcome.Side,
                Status = outcome.FailureStatus == 0 ? outcome.Answered : outcome.FailureStatus,
                Reason = reason,
                Server = outcome.Server,
            }
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _extendedConnect.Dispose();

    private async Task<TunnelOutcome> TryServersAsync(HttpContext context, TunnelRequest request, TunnelPlaces places)
    {
        var policy = request.Route.Route.WebSocket;
        var lines = RequestHandshake.Lines(context, request.Facts, request.Route, request.Action, _settings, request.Upgrades);
        if (request.IsWebSocket)
            HandshakeAdmission.Narrow(lines, policy);
        var bytes = UpstreamHandshake.Write(request.Facts.Method, request.UpstreamTarget, lines);
        using var patience = policy.HandshakeTimeout > TimeSpan.Zero ? new CancellationTokenSource(policy.HandshakeTimeout, _time) : null;
        using var either = patience is null
            ? null
            : CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        var failure = new TunnelOutcome(StatusCodes.Status502BadGateway, "no server is available");
        var tried = default(TriedServers);
        for (var tries = 1; request.Action.MaxTries == 0 || tries <= request.Action.MaxTries; tries++)
        {
            if (request.Pool.Choose(request.Facts.ClientAddress, ref tried) is not { } lease)
                return tries == 1 && request.Pool.IsDrained ? TunnelOutcome.Refused(HandshakeRefusal.Draining) : failure;
            places.Take(lease);
            request.Facts.Answer?.Ask(lease.Server.HostAndPort);
            if (lease.Server.IsHttp2 && !request.IsWebSocket)
            {
                // HTTP/2 cannot switch protocols (RFC 9113, 8.6): nothing that this server did.
                places.ReturnLease();
                request.Facts.Answer?.LastTry?.End(StatusCodes.Status502BadGateway, "an h2c server cannot switch protocols");
                failure = new TunnelOutcome(StatusCodes.Status502BadGateway, "an h2c server cannot switch protocols")
                {
                    Server = lease.Server.Address,
                };
                continue;
            }

            try
            {
                // A WebSocket's handshake is a GET without a body: until a whole head has come back, another server may be asked (RFC 9110,
                // 9.2.2).
                var (link, head) = await ExchangeAsync(
                    context,
                    request,
                    lease.Server,
                    lines,
                    bytes,
                    either?.Token ?? context.RequestAborted
                );
                await using (link)
                    return await AnswerAsync(context, request, lines, lease, places, link, head);
            }
            catch (UpstreamException failed)
            {
                var verdict = TryVerdict.Of(failed.End);
                if (verdict.IsBlamed)
                    lease.Failed(failed.Message);
                else
                    lease.Noted(failed.Message);
                SayFailed(request, lease, failed.Message);
                request.Facts.Answer?.LastTry?.End(verdict.Status, failed.Message);
                failure = new TunnelOutcome(verdict.Status, failed.Message) { Server = lease.Server.Address };
                if (failed.Sent && !IsIdempotent(request.Facts.Method))
                    return failure;
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away while we were asking: says nothing about the server.
                request.Facts.Answer?.Leave();
                request.Facts.Answer?.LastTry?.End(0, "the client went away during the handshake");
                return new TunnelOutcome(0, "the client went away during the handshake") { Server = lease.Server.Address };
            }
            catch (OperationCanceledException) when (patience is { IsCancellationRequested: true })
            {
                const string late = "no answer within the route's handshake timeout";
                lease.Failed(late);
                request.Facts.Answer?.LastTry?.End(StatusCodes.Status504GatewayTimeout, late);
                SayFailed(request, lease, late);
                return new TunnelOutcome(StatusCodes.Status504GatewayTimeout, late) { Server = lease.Server.Address };
            }
            finally
            {
                places.ReturnLease();
            }
        }

        return failure;
    }

    private async Task<(UpstreamLink Link, UpstreamHead Head)> ExchangeAsync(
        HttpContext context,
        TunnelRequest request,
        ServerState server,
        HeaderLines lines,
        byte[] bytes,
        CancellationToken gone
    )
    {
        var action = request.Action;
        if (server.IsHttp2)
            return await _extendedConnect.ExchangeAsync(
                server.Uri,
                request.UpstreamTarget,
                lines,
                action.ConnectTimeout + action.ReadTimeout,
                request.Facts.Answer?.LastTry,
                gone
            );

        var link = await UpstreamLink.DialAsync(
            _dialer,
            server.Uri,
            request.Pool.Trust,
            action.ConnectTimeout,
            _loops,
            ClientOf(context)?.Socket.Loop,
            gone
        );
        try
        {
            var tally = request.Facts.Answer?.LastTry;
            return (link, await UpstreamHandshake.ExchangeAsync(link.Stream, bytes, action.ReadTimeout, _time, tally, gone));
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method);

    private async Task<TunnelOutcome> AnswerAsync(
        HttpContext context,
        TunnelRequest request,
        HeaderLines sent,
        ServerLease lease,
        TunnelPlaces places,
        UpstreamLink link,
        UpstreamHead head
    )
    {
        request.Facts.Answer?.HasCome(head.Status, head.Lines);
        if (head.Status == StatusCodes.Status101SwitchingProtocols)
        {
            var fault = request.IsWebSocket
                ? SwitchCheck.Fault(sent, head, request.Route.Route.WebSocket)
                : SwitchCheck.Fault(request.Upgrades, head);
            if (fault is not null)
                return Wrong(fault);
            lease.Succeeded();
            await CarryAsync(context, request, lease, places, link, head);
            return default;
        }

        if (AnswerBody.Of(head) is not { } body)
            return Wrong("the end of the server's answer cannot be told");
        lease.Succeeded();
        // Over HTTP/2 any 2xx means that the WebSocket is open (RFC 8441, 5), and a page is not a WebSocket.
        if (head.Status is >= 200 and < 300 && WebSocketHandshake.IsExtendedConnect(context))
            return new TunnelOutcome(StatusCodes.Status502BadGateway, "the server answered the handshake with a page")
            {
                Server = lease.Server.Address,
            };
        await ClientAnswer.WriteWholeAsync(context, request, head, body, link.Stream, _time);
        request.Facts.Answer?.LastTry?.End(head.Status, null);
        var reason = $"the server answered {head.Status} and did not switch protocols";
        return new TunnelOutcome(0, reason) { Answered = head.Status, Server = lease.Server.Address };

        TunnelOutcome Wrong(string reason)
        {
            lease.Failed(reason);
            request.Facts.Answer?.LastTry?.End(StatusCodes.Status502BadGateway, reason);
            SayFailed(request, lease, reason);
            return new TunnelOutcome(StatusCodes.Status502BadGateway, reason) { Server = lease.Server.Address };
        }
    }

    // Returns when the tunnel is over, or has left the HTTP stack.
    private async Task CarryAsync(
        HttpContext context,
        TunnelRequest request,
        ServerLease lease,
        TunnelPlaces places,
        UpstreamLink link,
        UpstreamHead head
    )
    {
        var connection = Describe(context, request, lease.Server, head);
        var life = new TunnelLife(connection, places, _registry, _log, _accessLog, _recent, _watches);
        places.PassOn();
        var client = ClientOf(context);
        var server = link.EpollSocket;
        var opened = false;
        try
        {
            _inspections?.Opening(connection);
            life.Begin();
            _drains?.Opened(connection);
            ClientAnswer.WriteSwitch(context, request, head);
            // A WebSocket may be silent and its reader slow; what is too long is the route's idle timeout.
            if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } slowest)
                slowest.MinDataRate = null;
            // From its 101 on, a client's FIN is one half of a close and not the end of a request.
            if (server is not null)
                client?.Socket.Silence();
            // What the client sends from here on is no request.
            context.Features.Get<ClientHead>()?.Leave();
            // The pipeline has checked the request, so that Kestrel offers one of these features.
            var stream = WebSocketHandshake.IsExtendedConnect(context)
                ? await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync()
                : await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            opened = true;
            life.KeepAtEnd(request.Facts, head.Behind.Length);
            life.Opened();
            if (client is null || server is null)
                await StreamRelay.RunAsync(new TunnelEnds(stream, link, head.Behind, context.Abort), connection, _time);
            else if (_loops is not null)
                HandOver(_loops, client, server, life, head.Behind);
        }
        finally
        {
            life.EndUnlessLeft(opened);
        }
    }

    private static void HandOver(
        EpollLoops loops,
        EpollConnection client,
        EpollSocket server,
        TunnelLife life,
        ReadOnlyMemory<byte> behindServerHead
    )
    {
        // All that can fail comes before the first socket is out of its owner's hands; behind that nothing throws.
        var relay = new EpollRelay(loops, client.Socket.Loop, life, client.Tls);
        if (client.Detach() is not var (clientFd, clientSlot, unread))
        {
            life.Connection.NoteEnd(TunnelEnd.ClientError);
            return;
        }

        life.Leave();
        var serverAt = server.Detach();
        relay.Take((clientFd, clientSlot), unread, serverAt, behindServerHead.Span);
        relay.HandOver(client.Socket, server);
    }

    // Null when Kestrel's own transport carries the client, or its connection carries other requests, too.
    private static EpollConnection? ClientOf(HttpContext context) =>
        HttpProtocol.IsHttp2(context.Request.Protocol) ? null : context.Features.Get<EpollConnection>();

    private LiveConnection Describe(HttpContext context, TunnelRequest request, ServerState server, UpstreamHead head)
    {
        var route = request.Route.Route;
        var connection = new LiveConnection(_time)
        {
            RouteId = route.Id,
            RouteName = route.Name,
            PoolId = request.Pool.Pool.Id,
            PoolName = request.Pool.Pool.Name,
            Protocol = request.Facts.Protocol,
            UpgradedTo = request.IsWebSocket ? UpgradeOffer.WebSocket : head.Lines.First("Upgrade") ?? "",
            IsTls = request.Facts.Scheme == "https",
            Origin = Cut(context.Request.Headers.Origin),
            Extensions = Cut(head.Lines.First("Sec-WebSocket-Extensions")),
            ServerAddress = server.Address,
            ClientAddress = request.Facts.ClientAddress,
            ClientPort = request.Facts.PeerPort,
            UserAgent = Cut(context.Request.Headers.UserAgent),
            Subprotocol = Cut(head.Lines.First("Sec-WebSocket-Protocol")),
            Host = Cut(request.Facts.Host) ?? "",
            Path = PathOf(request.Facts.RawTarget),
            Revision = request.Revision,
            Policy = route.WebSocket,
            Tally = new TunnelTally(
                request.Total is { } total
                    ? [request.Traffic, request.Pool.Traffic, server.Traffic, total]
                    : [request.Traffic, request.Pool.Traffic, server.Traffic]
            ),
        };
        return connection;
    }

    // What is full is said: nobody else notices before people complain. What a policy forbids is not: it does what it is there for.
    private TunnelOutcome Refused(TunnelRequest request, HandshakeRefusal refusal)
    {
        var route = request.Route.Route;
        var (full, most) = refusal switch
        {
            HandshakeRefusal.NoSockets => (
                "this process has as many sockets open as it may have",
                _loops is null ? 0 : Math.Min(_loops.MostSockets, _loops.Files.Most)
            ),
            HandshakeRefusal.RouteLimit => ("the route has as many WebSockets open as its limit allows", route.WebSocket.MaxSockets),
            _ => ("", 0L),
        };
        if (full.Length > 0 && _said.Due(route.Name, full) is > 0 and var times)
            _log.IsFull(route.Name, full, most, SaidFaults.HowOften(times));
        return TunnelOutcome.Refused(refusal);
    }

    private void SayFailed(TunnelRequest request, ServerLease lease, string reason)
    {
        if (_said.Due(lease.Server.Address, reason) is > 0 and var times)
            _log.TryFailed(request.Route.Route.Name, lease.Server.Address, request.Pool.Pool.Name, reason, SaidFaults.HowOften(times));
    }

    // Without the query, which often carries a token.
    private static string PathOf(string target) => Cut(RequestPath.WithoutSecrets(target)) ?? "";

    private static string? Cut(string? text) => text?.Length > LongestText ? text[..LongestText] : text;
}

/// <summary>What tunnels log; event ids 400 to 499.</summary>
internal static partial class WebSocketTunnelLog
{
    [LoggerMessage(
        400,
        LogLevel.Information,
        "{What} {Id} is open: route {Route}, server {Server}, client {Client}, host {Host}, path {Path}, subprotocol {Subprotocol}, "
            + "revision {Revision}"
    )]
    public static partial void Opened(
        this ILogger<WebSocketTunnel> log,
        string what,
        long id,
        string route,
        string server,
        string client,
        string host,
        string path,
        string subprotocol,
        long revision
    );

    [LoggerMessage(
        401,
        LogLevel.Information,
        "{What} {Id} is over: route {Route}, server {Server}, client {Client}, ended by {EndedBy} ({End}), close code {CloseCode}, "
            + "reason {Reason}, after {Seconds} s, "
            + "{MessagesIn} messages and {BytesIn} bytes from the client, {MessagesOut} and {BytesOut} from the server"
    )]
    public static partial void Closed(
        this ILogger<WebSocketTunnel> log,
        string what,
        long id,
        string route,
        string server,
        string client,
        EndedBy endedBy,
        TunnelEnd end,
        int closeCode,
        string reason,
        double seconds,
        long messagesIn,
        long bytesIn,
        long messagesOut,
        long bytesOut
    );

    [LoggerMessage(403, LogLevel.Error, "WebSocket {Id} is over, but not all that belongs to its end could be done")]
    public static partial void EndFailed(this ILogger<WebSocketTunnel> log, Exception exception, long id);

    [LoggerMessage(404, LogLevel.Warning, "Route {Route} refuses WebSockets with 503: {Reason} ({Most}) ({HowOften})")]
    public static partial void IsFull(this ILogger<WebSocketTunnel> log, string route, string reason, long most, string howOften);

    [LoggerMessage(402, LogLevel.Warning, "Route {Route}: no WebSocket to {Server} of pool {Pool}: {Reason} ({HowOften})")]
    public static partial void TryFailed(
        this ILogger<WebSocketTunnel> log,
        string route,
        string server,
        string pool,
        string reason,
        string howOften
    );
}

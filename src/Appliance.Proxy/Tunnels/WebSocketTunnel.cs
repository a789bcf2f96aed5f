using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tunnels;

/// <summary>The whole life of a WebSocket: dial, handshake, relay, end.</summary>
public sealed class WebSocketTunnel(ConnectionRegistry registry, TunnelSettings settings, TimeProvider time, ILogger<WebSocketTunnel> log)
    : IDisposable
{
    private const int LongestText = 256;

    private readonly ExtendedConnect _extendedConnect = new(time);
    private readonly UpstreamDialer _dialer = new(time) { TrustServer = settings.TrustServer };

    /// <summary>
    /// Carries one accepted handshake. Returns when the tunnel (or the upstream's ordinary answer) is over, or with a failure while the response has not
    /// started, so that the caller can write its own page.
    /// </summary>
    public async Task<TunnelOutcome> RunAsync(HttpContext context, TunnelRequest request)
    {
        var lines = RequestHandshake.Lines(context, request.Facts, request.Route, request.Action, settings);
        var bytes = UpstreamHandshake.Write(request.UpstreamTarget, lines);
        var failure = new TunnelOutcome(StatusCodes.Status502BadGateway, "no server is available");
        var tried = default(TriedServers);
        for (var tries = 1; request.Action.MaxTries == 0 || tries <= request.Action.MaxTries; tries++)
        {
            using var lease = request.Pool.Choose(request.Facts.ClientAddress, ref tried);
            if (lease is null) return failure;
            try
            {
                // A handshake is a GET without a body: until a whole head has come back, another server may be asked (RFC 9110, 9.2.2).
                var (opened, head) = await ExchangeAsync(request, lease.Server, lines, bytes, context.RequestAborted);
                await using var link = opened;
                return await AnswerAsync(context, request, lines, lease, link, head);
            }
            catch (UpstreamException failed)
            {
                lease.Failed(failed.Message);
                log.TryFailed(request.Route.Route.Name, lease.Server.Address, failed.Message);
                failure = new TunnelOutcome(failed.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway, failed.Message);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away while we were asking: says nothing about the server.
                return new TunnelOutcome(0, "the client went away during the handshake");
            }
        }

        return failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _extendedConnect.Dispose();

    private async Task<(UpstreamLink Link, UpstreamHead Head)> ExchangeAsync(
        TunnelRequest request, ServerState server, HeaderLines lines, byte[] bytes, CancellationToken cancellationToken)
    {
        var action = request.Action;
        if (server.IsHttp2)
        {
            return await _extendedConnect.ExchangeAsync(
                server.Uri, request.UpstreamTarget, lines, action.ConnectTimeout + action.ReadTimeout, cancellationToken);
        }

        var link = await _dialer.ConnectAsync(server.Uri, action.ConnectTimeout, cancellationToken);
        try
        {
            return (link, await UpstreamHandshake.ExchangeAsync(link.Stream, bytes, action.ReadTimeout, time, cancellationToken));
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private async Task<TunnelOutcome> AnswerAsync(
        HttpContext context, TunnelRequest request, HeaderLines sent, ServerLease lease, UpstreamLink link, UpstreamHead head)
    {
        if (head.Status == StatusCodes.Status101SwitchingProtocols)
        {
            if (SwitchCheck.Fault(sent, head) is { } fault) return Wrong(fault);
            lease.Succeeded();
            await CarryAsync(context, request, lease.Server, link, head);
            return default;
        }

        if (AnswerBody.Of(head) is not { } body) return Wrong("the end of the server's answer cannot be told");
        lease.Succeeded();
        await ClientAnswer.WriteWholeAsync(context, request, head, body, link.Stream, time);
        return default;

        TunnelOutcome Wrong(string reason)
        {
            lease.Failed(reason);
            log.TryFailed(request.Route.Route.Name, lease.Server.Address, reason);
            return new TunnelOutcome(StatusCodes.Status502BadGateway, reason);
        }
    }

    private async Task CarryAsync(HttpContext context, TunnelRequest request, ServerState server, UpstreamLink link, UpstreamHead head)
    {
        var connection = Describe(context, request, server, head);
        ExchangeTraffic[] counters = [request.Traffic, request.Pool.Traffic, server.Traffic, .. request.Total is { } total ? [total] : Array.Empty<ExchangeTraffic>()];
        connection.Tally.Add = (messagesIn, bytesIn, messagesOut, bytesOut) =>
        {
            foreach (var counter in counters) counter.AddMessages(messagesOut, bytesOut, messagesIn, bytesIn);
        };

        // Before the client can know: a stop that begins while the 101 is on its way must find this connection, or it would be cut without a word.
        registry.Add(connection);
        foreach (var counter in counters) counter.SocketOpened();
        try
        {
            ClientAnswer.WriteSwitch(context, request, head);
            // A WebSocket may be silent and its reader slow; what is too long is the route's idle timeout.
            if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } slowest) slowest.MinDataRate = null;
            // The pipeline has checked the request, so that Kestrel offers this feature.
            var client = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            log.Opened(connection.Id, connection.RouteName, connection.ServerAddress);
            await StreamRelay.RunAsync(new TunnelEnds(client, link, head.Behind, context.Abort), connection, time);
        }
        finally
        {
            connection.Tally.Take(connection);
            foreach (var counter in counters) counter.SocketClosed();
            registry.Remove(connection);
        }

        LogClosed(connection);
    }

    private void LogClosed(LiveConnection connection)
    {
        var client = connection.FromClient.Counts;
        var server = connection.FromServer.Counts;
        log.Closed(
            connection.Id,
            connection.RouteName,
            connection.ServerAddress,
            connection.Age,
            client.Messages,
            client.WireBytes,
            server.Messages,
            server.WireBytes,
            connection.CloseCode,
            connection.End);
    }

    private LiveConnection Describe(HttpContext context, TunnelRequest request, ServerState server, UpstreamHead head)
    {
        var route = request.Route.Route;
        var target = request.Facts.RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var connection = new LiveConnection(time)
        {
            RouteId = route.Id,
            RouteName = route.Name,
            PoolName = request.Pool.Pool.Name,
            ServerAddress = server.Address,
            ClientAddress = request.Facts.ClientAddress,
            ClientPort = request.Facts.PeerPort,
            UserAgent = Cut(context.Request.Headers.UserAgent),
            Subprotocol = head.Lines.First("Sec-WebSocket-Protocol"),
            Host = request.Facts.Host,
            Path = Cut(query < 0 ? target : target[..query]) ?? "",
            Revision = request.Revision,
            IdleTimeout = route.WebSocket.IdleTimeout,
        };
        return connection;
    }

    private static string? Cut(string? text) => text?.Length > LongestText ? text[..LongestText] : text;
}

/// <summary>What tunnels log; event ids 400 to 499.</summary>
internal static partial class WebSocketTunnelLog
{
    [LoggerMessage(400, LogLevel.Debug, "WebSocket {Id} of route {Route} is open to {Server}")]
    public static partial void Opened(this ILogger<WebSocketTunnel> log, long id, string route, string server);

    [LoggerMessage(
        401,
        LogLevel.Information,
        "WebSocket {Id} of route {Route} to {Server} is over after {Duration}: {MessagesIn} messages and {BytesIn} bytes from the client, "
        + "{MessagesOut} and {BytesOut} from the server, close code {CloseCode}, {Reason}")]
    public static partial void Closed(
        this ILogger<WebSocketTunnel> log,
        long id,
        string route,
        string server,
        TimeSpan duration,
        long messagesIn,
        long bytesIn,
        long messagesOut,
        long bytesOut,
        int closeCode,
        TunnelEnd reason);

    [LoggerMessage(402, LogLevel.Warning, "Route {Route}: no WebSocket to {Server}: {Reason}")]
    public static partial void TryFailed(this ILogger<WebSocketTunnel> log, string route, string server, string reason);
}

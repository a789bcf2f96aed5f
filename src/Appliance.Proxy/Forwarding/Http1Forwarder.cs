using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Upstreams;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Carries plain HTTP to servers of HTTP/1.1 over our own connections: the request as the client wrote it, the answer as the server wrote
/// it, or nothing. What it is not made for goes by YARP's forwarder: servers that choose HTTP/2, and people who sign in on a connection.
/// </summary>
/// <param name="connections">Our own connections; null: everything goes by YARP's forwarder.</param>
/// <param name="interims">Hands interim answers on.</param>
/// <param name="yarp">YARP's forwarder.</param>
internal sealed class Http1Forwarder(Http1Connections? connections, InterimAnswers interims, IHttpForwarder yarp) : IHttpForwarder
{
    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context,
        string destinationPrefix,
        HttpMessageInvoker httpClient,
        ForwarderRequestConfig requestConfig,
        HttpTransformer transformer
    ) => SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context,
        string destinationPrefix,
        HttpMessageInvoker httpClient,
        ForwarderRequestConfig requestConfig,
        HttpTransformer transformer,
        CancellationToken cancellationToken
    )
    {
        var other = new OtherWay(yarp, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        if (
            connections is not null
            && context.Features.Get<ProxyExchange>() is { Server: { IsHttp2: false } server } exchange
            && (server.Uri.Scheme == Uri.UriSchemeHttp || server.Protocol.Of(exchange.Trust.Settings) != true)
        )
        {
            // What signs a connection in is looked for behind every rule: nothing that does may reach one that is shared.
            var lines = Http1Head.Lines(context, exchange);
            if (exchange.Own?.ServerOf(exchange.Pool) is null && !ConnectionSignIn.IsIn(lines))
            {
                context.Features.CarryOnLoop(!exchange.MayTakeLong);
                return SendAsync(connections, context, exchange, lines, other);
            }
        }

        return other.SendAsync(context);
    }

    private ValueTask<ForwarderError> SendAsync(
        Http1Connections connections,
        HttpContext context,
        ProxyExchange exchange,
        HeaderLines lines,
        OtherWay other
    )
    {
        var method = context.Request.Method;
        if (Http1Head.Fault(method, lines) is { } fault)
        {
            exchange.Ended = (TryEnd.Unsendable, fault, null);
            return new(ForwarderError.RequestCreation);
        }

        var framing =
            exchange.Body is null ? BodyFraming.None
            : context.Request.ContentLength is null ? BodyFraming.Chunked
            : BodyFraming.Length;
        var behind = exchange.Body is null ? 0 : RequestBodySender.RoomBehindHead;
        var (head, length) = Http1Head.Write(method, exchange.UpstreamTarget, lines, framing, context.Request.ContentLength ?? 0, behind);
        return RunAsync(connections, context, exchange, head, length, framing, other);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwarderError> RunAsync(
        Http1Connections connections,
        HttpContext context,
        ProxyExchange exchange,
        byte[] head,
        int length,
        BodyFraming framing,
        OtherWay other
    )
    {
        var loop = context.Features.Get<EpollConnection>()?.Socket.Loop;

        // Over HTTP/1 a connection has one request at a time, and its own token need not be made for it.
        var gone =
            !HttpProtocol.IsHttp2(context.Request.Protocol) && context.Features.Get<IConnectionLifetimeFeature>() is { } client
                ? client.ConnectionClosed
                : context.RequestAborted;
        var server = exchange.Server!; // a try has a server
        var connection = exchange.WantsNewConnection ? null : connections.TakeKept(server, exchange.Settings, loop);
        var isKept = connection is not null;
        if (connection is null)
        {
            var timeout = exchange.Action.ConnectTimeout;
            try
            {
                connection =
                    server.Uri.Scheme == Uri.UriSchemeHttp
                        ? await connections.DialAsync(server, timeout, loop, gone)
                        : await connections.DialSecureAsync(server, exchange.Trust, timeout, loop, gone);
            }
            catch (UpstreamConnectException away)
            {
                exchange.Ended = (away.End, away.Message, away);
            }
            catch (OperationCanceledException) when (gone.IsCancellationRequested)
            {
                exchange.Ended = (TryEnd.ClientGone, "The client went away.", null);
            }
            finally
            {
                if (connection is null)
                    System.Buffers.ArrayPool<byte>.Shared.Return(head);
            }

            if (connection is null)
                return exchange.Ended is null ? await ByHttp2Async(context, exchange, server, other) : ForwarderError.Request;
        }

        exchange.Facts.Answer?.LastTry?.Connected(isKept);
        var run = new Http1Run(connections, connection, isKept, context, exchange, interims, gone);
        exchange.Ended = await run.RunAsync(head, length, framing);
        return exchange.Ended is { End: TryEnd.Answered } ? ForwarderError.None : ForwarderError.Request;
    }

    // The connection that found out that the server chooses HTTP/2 is used on.
    private static async ValueTask<ForwarderError> ByHttp2Async(
        HttpContext context,
        ProxyExchange exchange,
        ServerState server,
        OtherWay other
    )
    {
        // No connection of HTTP/2 is stale.
        exchange.WantsNewConnection = false;
        try
        {
            return await other.SendAsync(context);
        }
        finally
        {
            server.Protocol.Withdraw();
        }
    }

    /// <summary>YARP's forwarder, with what it is called with.</summary>
    private readonly record struct OtherWay(
        IHttpForwarder Yarp,
        string DestinationPrefix,
        HttpMessageInvoker Client,
        ForwarderRequestConfig Config,
        HttpTransformer Transformer,
        CancellationToken CancellationToken
    )
    {
        public ValueTask<ForwarderError> SendAsync(HttpContext context)
        {
            // HttpClient sends a request without content again by itself when the server just closes. With an empty content it does not,
            // and both are "Content-Length: 0" on the wire for these methods (RFC 9110, 8.6).
            if (
                context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
                && (!IdempotentMethods.Contains(context.Request.Method) || HttpMethods.IsPut(context.Request.Method))
            )
                context.Request.ContentLength = 0;
            context.Features.CarryOnLoop(false);
            return LoopThread.IsCurrent
                ? LeaveAsync(context)
                : Yarp.SendAsync(context, DestinationPrefix, Client, Config, Transformer, CancellationToken);
        }

        private async ValueTask<ForwarderError> LeaveAsync(HttpContext context)
        {
            await LoopThread.LeaveAsync();
            return await Yarp.SendAsync(context, DestinationPrefix, Client, Config, Transformer, CancellationToken);
        }
    }
}

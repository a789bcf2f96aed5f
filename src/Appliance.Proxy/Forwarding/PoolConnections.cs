using System.Net;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A pool's connections to its servers: those that all clients share, and those that one client has for itself. Which one a request takes
/// is decided here, by the request as it is about to be written, behind every rule: nothing that signs a connection in can reach one that
/// is shared.
/// </summary>
internal sealed class PoolConnections(HttpMessageHandler shared, Func<SocketsHttpHandler> make) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _pooled = new(shared, disposeHandler: true);

    /// <summary>At most one connection, which is nobody else's. No maximum age: that would sign the person out.</summary>
    public HttpMessageInvoker MakeOwn()
    {
        var handler = make();
        handler.MaxConnectionsPerServer = 1;
        handler.EnableMultipleHttp2Connections = false;
        handler.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
        return new(handler, disposeHandler: true);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(UpstreamHttpClients.Exchange, out var exchange) || exchange.Server is not { } server)
            return _pooled.SendAsync(request, cancellationToken);
        request.Content ??= UpstreamRequestLines.BareOf(request);
        if (request.Content is { } content && exchange.Body is { } body)
            request.Content = new PromptContent(content, body);
        var own = exchange.Own?.Find(this, server);
        if (own is null && ConnectionSignIn.IsIn(request))
            own = Own(exchange).Take(this, exchange.Pool, server);
        if (own is null && !exchange.WantsNewConnection)
            return _pooled.SendAsync(request, cancellationToken);

        // No connection of HTTP/2 stands for one person, and none is stale. An h2c server speaks nothing else.
        if (!server.IsHttp2)
            (request.Version, request.VersionPolicy) = (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        return (own ?? exchange.Once(new(make(), disposeHandler: true))).SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _pooled.Dispose();
        base.Dispose(disposing);
    }

    private static OwnConnections Own(ProxyExchange exchange) =>
        exchange.Own ?? throw new InvalidOperationException("A client's connection has no place for connections of its own.");
}

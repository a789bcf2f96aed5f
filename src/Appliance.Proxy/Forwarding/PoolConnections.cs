using System.Net;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A pool's connections to its servers: those that all clients share, and those that one client has for itself. Which one a request takes
/// is decided here, by the request as it is about to be written, behind every rule: nothing that signs a connection in can reach one that
/// is shared.
/// </summary>
internal sealed class PoolConnections : HttpMessageHandler
{
    private const string Key = "appliance.pool";
    private const string OnceKey = "appliance.once";
    private readonly Lock _gate = new();
    private readonly Func<SocketsHttpHandler> _make;
    private SocketsHttpHandler? _shared;
    private volatile HttpMessageInvoker _pooled;

    /// <param name="shared">The handler that all clients share.</param>
    /// <param name="make">Makes another one like it.</param>
    public PoolConnections(HttpMessageHandler shared, Func<SocketsHttpHandler> make)
    {
        (_make, _shared) = (make, shared as SocketsHttpHandler);
        _shared?.Properties[Key] = this;
        _pooled = new(shared, disposeHandler: true);
    }

    /// <summary>
    /// A handler that once got HTTP/1.1 from a server asks it for HTTP/2 no more. Where that is the one that all clients share, another one
    /// takes its place, and asks again. What is under way goes on over the old one, whose connections end when they are idle.
    /// </summary>
    public static void AskAgain(SocketsHttpHandler stuck)
    {
        // One client's own handler does not live long.
        var isOnce = stuck.Properties.TryGetValue(OnceKey, out var found);
        if ((!isOnce && !stuck.Properties.TryGetValue(Key, out found)) || found is not PoolConnections pool)
            return;
        lock (pool._gate)
        {
            if (!isOnce && stuck != pool._shared)
                return;
            pool._shared = pool._make();
            pool._shared.Properties[Key] = pool;
            pool._pooled = new(pool._shared, disposeHandler: true);
        }
    }

    /// <summary>At most one connection, which is nobody else's. No maximum age: that would sign the person out.</summary>
    public HttpMessageInvoker MakeOwn()
    {
        var handler = _make();
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
            request.Content = new PromptContent(content, body, cancellationToken);
        var own = exchange.Own?.Find(this, server);
        if (own is null && ConnectionSignIn.IsIn(request))
            own = Own(exchange).Take(this, exchange.Pool, server);
        if (own is null && !exchange.WantsNewConnection)
            return _pooled.SendAsync(request, cancellationToken);

        // No connection of HTTP/2 stands for one person. An h2c server speaks nothing else.
        if (!server.IsHttp2 && (own is not null || !exchange.IsOverHttp2))
            (request.Version, request.VersionPolicy) = (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        return (own ?? exchange.Once(MakeOnce())).SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _pooled.Dispose();
        base.Dispose(disposing);
    }

    // What it learns of the server counts for the shared one.
    private HttpMessageInvoker MakeOnce()
    {
        var handler = _make();
        handler.Properties[OnceKey] = this;
        return new(handler, disposeHandler: true);
    }

    private static OwnConnections Own(ProxyExchange exchange) =>
        exchange.Own ?? throw new InvalidOperationException("A client's connection has no place for connections of its own.");
}

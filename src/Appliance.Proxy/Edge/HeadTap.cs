using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Connection middleware that judges every head of HTTP/1 before the server under us reads it: <c>listenOptions.UseHeadTap()</c>, behind
/// TLS if there is any.
/// </summary>
public static class HeadTap
{
    /// <summary>
    /// Puts <see cref="HeadReader"/> before the server, and <see cref="ClientHead"/> among the connection's features. HTTP/2 passes, but
    /// for <see cref="Http2Authority"/>.
    /// </summary>
    public static TBuilder UseHeadTap<TBuilder>(this TBuilder listen)
        where TBuilder : IConnectionBuilder
    {
        listen.Use(next =>
            context =>
            {
                if (context.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true)
                    return Http2Async(context, next);
                var head = new ClientHead();
                context.Features.Set(head);
                context.Transport = new TappedTransport(context.Transport, head);
                return next(context);
            }
        );
        return listen;
    }

    private static async Task Http2Async(ConnectionContext context, ConnectionDelegate next)
    {
        context.Features.Set(Http2Authority.Begin());
        await next(context);
    }

    private sealed class TappedTransport(IDuplexPipe inner, ClientHead head) : IDuplexPipe
    {
        public PipeReader Input { get; } = new HeadReader(inner.Input, head);

        public PipeWriter Output => inner.Output;
    }
}

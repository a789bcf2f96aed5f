using System.Buffers;
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
    /// for <see cref="Http2Authority"/>, and <see cref="Http2Output"/> stands behind it.
    /// </summary>
    /// <param name="listen">What it is put into.</param>
    /// <param name="givenUp">Gets the connection and the bytes of a head that took too long, which is answered with 408.</param>
    public static TBuilder UseHeadTap<TBuilder>(this TBuilder listen, Action<ConnectionContext, ReadOnlySequence<byte>>? givenUp = null)
        where TBuilder : IConnectionBuilder
    {
        listen.Use(next =>
            context =>
            {
                if (context.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true)
                    return Http2Async(context, next);
                var head = new ClientHead();
                context.Features.Set(head);
                Action<ReadOnlySequence<byte>>? note = givenUp is null ? null : bytes => givenUp(context, bytes);
                var reader = new HeadReader(context.Transport.Input, head, givenUp: note);
                context.Transport = new TappedTransport(reader, context.Transport.Output);
                return next(context);
            }
        );
        return listen;
    }

    private static async Task Http2Async(ConnectionContext context, ConnectionDelegate next)
    {
        context.Features.Set(Http2Authority.Begin());
        var settings = new Http2Settings(context.Transport.Input);
        var output = new Http2Output(context.Transport.Output, settings);
        context.Features.Set(output);
        context.Transport = new TappedTransport(settings, output);
        try
        {
            await next(context);
        }
        finally
        {
            // Whoever owns the writer below ends it next, and may not meet a flush there.
            var flushing = output.End();
            if (!flushing.IsCompleted)
                context.Abort();
            await flushing;
        }
    }

    private sealed record TappedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

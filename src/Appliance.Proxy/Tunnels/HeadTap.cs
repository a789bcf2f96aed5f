using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Appliance.Proxy.Tunnels;

/// <summary>Connection middleware that fills <see cref="TappedHead"/>: <c>listenOptions.UseHeadTap()</c>, behind TLS if there is any.</summary>
public static class HeadTap
{
    /// <summary>Keeps a copy of the first request head of every connection that mentions an upgrade, until its tunnel has read it.</summary>
    public static TBuilder UseHeadTap<TBuilder>(this TBuilder listen)
        where TBuilder : IConnectionBuilder
    {
        listen.Use(next => context =>
        {
            var head = new TappedHead();
            context.Features.Set(head);
            context.Transport = new TappedTransport(context.Transport, head);
            return next(context);
        });
        return listen;
    }

    private sealed class TappedTransport(IDuplexPipe inner, TappedHead head) : IDuplexPipe
    {
        public PipeReader Input { get; } = new TappedReader(inner.Input, head);

        public PipeWriter Output => inner.Output;
    }
}

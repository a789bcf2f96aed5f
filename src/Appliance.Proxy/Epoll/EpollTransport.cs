using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Appliance.Proxy.Epoll;

/// <summary>The transport under Kestrel: sockets of the event loops instead of .NET's own.</summary>
internal sealed class EpollTransport(EpollLoops loops) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(EpollListener.Bind(loops, (IPEndPoint)endpoint));
}

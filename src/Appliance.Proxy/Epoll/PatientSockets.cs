using System.Net;
using Appliance.Proxy.Memory;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// Kestrel's own transport, for where there is no event loop: it leaves clients in the kernel's queue while open files or memory are scarce. By itself it would ask without end for what cannot be given.
/// </summary>
internal sealed class PatientSockets(SocketTransportFactory sockets, OpenFiles files, MemoryRoom memory, TimeProvider time, ILogger<PatientSockets> log) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), files, memory, new ScarcityLog(files, memory, time, log), time);

    private sealed class Listener(IConnectionListener inner, OpenFiles files, MemoryRoom memory, ScarcityLog said, TimeProvider time) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (files.AreScarce || memory.IsScarce)
            {
                said.Paused();
                await Task.Delay(LooksEvery, time, cancellationToken);
            }

            said.Resumed();
            return await inner.AcceptAsync(cancellationToken);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

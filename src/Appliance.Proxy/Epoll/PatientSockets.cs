using System.Net;
using Appliance.Proxy.Memory;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// Kestrel's own transport, for where there is no event loop: it leaves clients in the kernel's queue while open files or memory are
/// scarce, where it would ask without end for what cannot be given; and an exception while a client is taken ends neither the port nor,
/// unnoticed, the server's interest in it.
/// </summary>
internal sealed class PatientSockets(
    SocketTransportFactory sockets,
    OpenFiles files,
    MemoryRoom memory,
    TimeProvider time,
    LastResort lastResort,
    ILogger<PatientSockets> log
) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private static readonly TimeSpan _looksEvery = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), files, memory, lastResort, time, log);

    private sealed class Listener(
        IConnectionListener inner,
        OpenFiles files,
        MemoryRoom memory,
        LastResort lastResort,
        TimeProvider time,
        ILogger log
    ) : IConnectionListener
    {
        private readonly ScarcityLog _said = new(files, memory, time, log);
        private readonly SeldomSaid _failures = new(time);
        private readonly AcceptWatch _watch = new(inner.EndPoint, lastResort, time);

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            _watch.Asks();
            try
            {
                while (true)
                {
                    while (files.AreScarce || memory.IsScarce)
                    {
                        _said.Paused();
                        await Task.Delay(_looksEvery, time, cancellationToken);
                    }

                    _said.Resumed();
                    try
                    {
                        return await inner.AcceptAsync(cancellationToken);
                    }
                    catch (Exception failed) when (failed is not OperationCanceledException)
                    {
                        // Going on is right: it was one connection's, and the server would accept no other after it.
                        if (_failures.Happened(out var count))
                            log.AcceptFailed(failed, count, EndPoint.ToString() ?? "", failed.Message);
                        await Task.Delay(_looksEvery, time, cancellationToken);
                    }
                }
            }
            finally
            {
                _watch.Got();
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _watch.Dispose();
            return inner.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            _watch.Dispose();
            return inner.DisposeAsync();
        }
    }
}

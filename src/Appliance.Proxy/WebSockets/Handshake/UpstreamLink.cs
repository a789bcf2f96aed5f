using System.Net.Security;
using System.Net.Sockets;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>A connection to a server: the stream, and the socket under it unless it is one stream of an HTTP/2 connection.</summary>
internal sealed class UpstreamLink(Socket? socket, Stream stream) : IAsyncDisposable
{
    /// <summary>
    /// A connection, with TLS for https; on <paramref name="loop"/>, if there is one, for http. Throws <see cref="UpstreamException"/> when
    /// none came about within <paramref name="atMost"/>. SocketsHttpHandler would do this too, but hands out neither the socket nor the
    /// bytes it has read ahead.
    /// </summary>
    public static async Task<UpstreamLink> DialAsync(
        UpstreamDialer dialer,
        Uri server,
        ServerTrust trust,
        TimeSpan atMost,
        EpollLoops? loops,
        EpollLoop? loop,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (server.Scheme == Uri.UriSchemeHttps)
            {
                var tls = await dialer.SecureAsync(
                    server.IdnHost,
                    server.Port,
                    trust,
                    [SslApplicationProtocol.Http11],
                    atMost,
                    cancellationToken
                );
                return new UpstreamLink(tls.Socket, tls);
            }

            if (loop is not null && loops is not null)
            {
                return new UpstreamLink(
                    null,
                    new EpollStream(
                        await dialer.ConnectAsync(
                            server.IdnHost,
                            server.Port,
                            atMost,
                            (to, limit) => EpollSocket.ConnectAsync(loops, loop, to, limit),
                            cancellationToken
                        )
                    )
                );
            }

            var socket = await dialer.ConnectAsync(server.IdnHost, server.Port, atMost, cancellationToken);
            return new UpstreamLink(socket, new NetworkStream(socket, ownsSocket: true));
        }
        catch (UpstreamConnectException away)
        {
            throw new UpstreamException(away);
        }
    }

    /// <summary>The stream over which the bytes go.</summary>
    public Stream Stream => stream;

    /// <summary>The socket of an event loop, when that is what it is.</summary>
    public EpollSocket? EpollSocket => (stream as EpollStream)?.Socket;

    /// <summary>True when a write may be kept back until it is flushed.</summary>
    public bool MustFlush => socket is null;

    /// <summary>Says that no more will come, if that can be said: TLS and HTTP/2 streams cannot without ending both ways.</summary>
    public void ShutdownSend()
    {
        try
        {
            if (stream is NetworkStream)
                socket?.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It is gone both ways already.
        }
    }

    /// <summary>Ends both directions immediately; reads and writes that wait fail.</summary>
    public void Cut()
    {
        if (socket is null)
            stream.Dispose();
        else
            socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        socket?.Dispose();
    }
}

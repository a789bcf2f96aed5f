using System.Net.Sockets;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tunnels;

/// <summary>A connection to a server: the stream, and the socket under it unless it is one stream of an HTTP/2 connection.</summary>
internal sealed class UpstreamLink(Socket? socket, Stream stream) : IAsyncDisposable
{
    /// <summary>The bytes.</summary>
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
            if (stream is NetworkStream) socket?.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It is gone both ways already.
        }
    }

    /// <summary>Ends both ways at once; whoever reads or writes fails.</summary>
    public void Cut()
    {
        if (socket is null) stream.Dispose();
        else socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        socket?.Dispose();
    }
}

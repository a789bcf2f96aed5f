using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Tests.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>A connection with one end on an event loop and the other in a test's hands.</summary>
internal sealed class LoopSocket : IAsyncDisposable
{
    private LoopSocket(EpollSocket socket, RawPeer peer) => (Socket, Peer) = (socket, peer);

    public EpollSocket Socket { get; }

    public RawPeer Peer { get; }

    public static EpollLoops Loops(
        TimeProvider? time = null,
        int? mostSockets = null,
        MemoryRoom? memory = null,
        long? mostUnread = null
    ) => new(time ?? TimeProvider.System, NullLogger<EpollLoops>.Instance, mostSockets, memory, mostUnread);

    public static async Task<LoopSocket> OpenAsync(EpollLoops loops, EpollLoop? loop = null, int peerReceiveBytes = 0)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (peerReceiveBytes > 0)
            listener.ReceiveBufferSize = peerReceiveBytes;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = await EpollSocket.ConnectAsync(
            loops,
            loop ?? loops.First,
            (IPEndPoint)listener.LocalEndPoint!,
            CancellationToken.None
        );
        var peer = await listener.AcceptAsync();
        peer.NoDelay = true;
        return new LoopSocket(socket, new RawPeer(peer));
    }

    public async ValueTask DisposeAsync()
    {
        Socket.Dispose();
        await Peer.DisposeAsync();
    }
}

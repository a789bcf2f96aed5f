using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>A server that does whatever a test wants with each connection.</summary>
internal sealed class RawBackEnd : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<RawPeer, Task> _open = new();
    private readonly Task _accepting;
    private int _accepted;

    /// <summary>With <paramref name="receiveBytes"/>, that much waits unread in the kernel and no more.</summary>
    public RawBackEnd(Func<RawPeer, Task> talk, int receiveBytes = 0)
    {
        if (receiveBytes > 0)
            _listener.Server.ReceiveBufferSize = receiveBytes;
        _listener.Start(backlog: 1024);
        _accepting = AcceptAsync(talk);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"http://127.0.0.1:{Port}";

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Every handshake's answer, then an echo of what comes (unframed: bytes are bytes).</summary>
    public static RawBackEnd Echo(Action<string>? head = null, string moreLines = "") =>
        new(async peer =>
        {
            var request = await peer.ReadHeadAsync();
            head?.Invoke(request);
            await peer.AcceptAsync(request, moreLines);
            while (true)
                await peer.SendAsync(await peer.ReadAsync(1));
        });

    /// <summary>Says these bytes to whatever was asked and closes.</summary>
    public static RawBackEnd Says(string answer) =>
        new(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(answer);
            peer.Socket.Shutdown(SocketShutdown.Send);
            await peer.ReadToEndAsync();
        });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        foreach (var (peer, _) in _open)
            await peer.DisposeAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_open.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<RawPeer, Task> talk)
    {
        while (!_stop.IsCancellationRequested)
        {
            var socket = await _listener.AcceptSocketAsync(_stop.Token);
            socket.NoDelay = true;
            var peer = new RawPeer(socket);
            Interlocked.Increment(ref _accepted);
            _open[peer] = Task.CompletedTask;
            _open[peer] = TalkAsync(talk, peer);
        }
    }

    // A peer that the conversation has closed is not kept.
    private async Task TalkAsync(Func<RawPeer, Task> talk, RawPeer peer)
    {
        await Task.Yield();
        await talk(peer);
        if (peer.IsDisposed)
            _open.TryRemove(peer, out _);
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Appliance.EndToEnd.Tests;

/// <summary>Clients that take as much memory as they are let, and a server that takes requests and answers none.</summary>
internal sealed class HostileCrowd : IAsyncDisposable
{
    private static readonly byte[] _line = Encoding.ASCII.GetBytes("X-Fill: " + new string('y', 90) + "\r\n");
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _clients = [];
    private readonly List<Socket> _sockets = [];
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly Task _serving;
    private readonly int _port;
    private int _connected;

    public HostileCrowd(int proxyPort)
    {
        _port = proxyPort;
        _server.Start(2048);
        _serving = ServeAsync();
    }

    /// <summary>The server that reads and never answers.</summary>
    public string ServerAddress => $"http://127.0.0.1:{((IPEndPoint)_server.LocalEndpoint).Port}";

    /// <summary>How many have been let in by the kernel.</summary>
    public int Connected => Volatile.Read(ref _connected);

    /// <summary>Heads of 28 KB that do not end: many lines, or one.</summary>
    public void SendHalfHeads(int count)
    {
        for (var at = 0; at < count; at++)
        {
            var isOneLine = at % 2 == 0;
            Begin(async socket =>
            {
                await SendAsync(socket, "GET /held HTTP/1.1\r\nHost: a\r\n"u8.ToArray());
                if (isOneLine)
                    await SendAsync(socket, "X-Long: "u8.ToArray());
                for (var line = 0; line < 280; line++)
                    await SendAsync(socket, isOneLine ? _line.AsMemory(0, 98) : _line);
            });
        }
    }

    /// <summary>Whole heads of nearly 32 KB, one after the other as far as they are answered.</summary>
    public void SendBigHeads(int count) => Repeat(count, async socket =>
        {
            var head = new StringBuilder("GET /nowhere HTTP/1.1\r\nHost: a\r\n");
            for (var line = 0; line < 90; line++)
                head.Append("X-").Append(line).Append(": ").Append('z', 330).Append("\r\n");
            var bytes = Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
            while (true)
                await SendAsync(socket, bytes);
        });

    /// <summary>Bodies of a byte now and then.</summary>
    public void SendSlowBodies(int count) => Repeat(count, async socket =>
        {
            await SendAsync(socket, "POST /held HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
            while (true)
            {
                await SendAsync(socket, "1\r\nx\r\n"u8.ToArray());
                await Task.Delay(1000, _stop.Token);
            }
        });

    /// <summary>Bodies of 1 MB but for their last byte.</summary>
    public void SendHeldBodies(int count) => Repeat(count, async socket =>
        {
            await SendAsync(socket, "PUT /held HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"u8.ToArray());
            var piece = new byte[99_999];
            for (var at = 0; at < 10; at++)
                await SendAsync(socket, piece);
        });

    /// <summary>WebSockets that send to an echo and never read.</summary>
    public void SendToDeafSockets(int count) => Repeat(count, async socket =>
        {
            await SendAsync(
                socket,
                Encoding.ASCII.GetBytes(
                    "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                        + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                )
            );

            // A masked binary frame of 64 KB with a mask of zeros.
            var frame = new byte[14 + 65_536];
            (frame[0], frame[1], frame[7]) = (0x82, 0xff, 1);

            // More than all that lies between two ends that do not read holds; without a bound the echo's process would keep the rest.
            for (var at = 0; at < 100; at++)
                await SendAsync(socket, frame);
        });

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        _server.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>All of them go.</summary>
    public async Task LeaveAsync()
    {
        await _stop.CancelAsync();
        lock (_sockets)
        {
            foreach (var socket in _sockets)
                socket.Dispose();
        }

        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Repeat(int count, Func<Socket, Task> act)
    {
        for (var at = 0; at < count; at++)
            Begin(act);
    }

    private void Begin(Func<Socket, Task> act) =>
        _clients.Add(
            Task.Run(async () =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                lock (_sockets)
                    _sockets.Add(socket);
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
                    Interlocked.Increment(ref _connected);
                    await act(socket);
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }
                catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
                {
                    // Turned away, cut, or the crowd leaves.
                }
            })
        );

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, _stop.Token)..];
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _server.AcceptSocketAsync(_stop.Token);
            lock (_sockets)
                _sockets.Add(client);
            _ = Task.Run(async () =>
            {
                try
                {
                    var room = new byte[65_536];
                    while (await client.ReceiveAsync(room, _stop.Token) > 0) { }
                }
                catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
                {
                    // It is over.
                }
            });
        }
    }
}

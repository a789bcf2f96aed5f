using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Appliance.Proxy.WebSockets.Handshake;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>One end of a TCP connection that says and hears exact bytes; every wait is bounded.</summary>
internal sealed class RawPeer(Socket socket, SslStream? tls = null) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly Stream _stream = tls ?? (Stream)new NetworkStream(socket, ownsSocket: true);
    private readonly List<byte> _unread = [];

    public Socket Socket => socket;

    public bool IsDisposed { get; private set; }

    public static async Task<RawPeer> ConnectAsync(int port, int receiveBytes = 0, bool overTls = false)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBytes > 0)
            socket.ReceiveBufferSize = receiveBytes;
        await socket.ConnectAsync(System.Net.IPAddress.Loopback, port);
        if (!overTls)
            return new RawPeer(socket);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, (_, certificate, _, _) =>
            certificate is not null
        );
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" });
        return new RawPeer(socket, tls);
    }

    /// <summary>Sends some of it; how much the kernel took, or TLS.</summary>
    public async ValueTask<int> SendSomeAsync(ReadOnlyMemory<byte> piece)
    {
        if (tls is null)
            return await socket.SendAsync(piece);
        await tls.WriteAsync(piece);
        return piece.Length;
    }

    public Task SendAsync(string latin1) => SendAsync(Encoding.Latin1.GetBytes(latin1));

    public Task SendAsync(params byte[] bytes) => _stream.WriteAsync(bytes).AsTask().WaitAsync(_patience);

    /// <summary>Everything up to and including the empty line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var at = Encoding.Latin1.GetString([.. _unread]).IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (at >= 0)
                return Encoding.Latin1.GetString(await ReadAsync(at + 4));
            if (!await FillAsync())
                throw new EndOfStreamException("closed inside a head: " + Encoding.Latin1.GetString([.. _unread]));
        }
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        while (_unread.Count < count)
        {
            if (!await FillAsync())
                throw new EndOfStreamException($"closed after {_unread.Count} of {count} bytes");
        }

        var bytes = _unread.GetRange(0, count).ToArray();
        _unread.RemoveRange(0, count);
        return bytes;
    }

    /// <summary>Some bytes, as they come; 0 at the end.</summary>
    public async Task<int> ReadSomeAsync(Memory<byte> room)
    {
        if (_unread.Count == 0)
            return await _stream.ReadAsync(room).AsTask().WaitAsync(_patience);
        var take = Math.Min(room.Length, _unread.Count);
        _unread.GetRange(0, take).CopyTo(room.Span);
        _unread.RemoveRange(0, take);
        return take;
    }

    /// <summary>True when the other end reset the connection, false when it closed in order; whatever came before is dropped.</summary>
    public async Task<bool> IsResetAsync()
    {
        try
        {
            await ReadToEndAsync();
            return false;
        }
        catch (IOException reset) when (reset.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }

    /// <summary>Everything until the other end closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync()) { }

        var text = Encoding.Latin1.GetString([.. _unread]);
        _unread.Clear();
        return text;
    }

    /// <summary>Waits for the other end to close or to reset.</summary>
    public async Task DrainAsync()
    {
        try
        {
            await ReadToEndAsync();
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    /// <summary>Answers a handshake that was read as <paramref name="head"/>.</summary>
    public Task AcceptAsync(string head, string moreLines = "", byte[]? behind = null) =>
        SendAsync([
            .. Encoding.Latin1.GetBytes(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    + $"{AcceptOf(head)}\r\n{moreLines}\r\n"
            ),
            .. behind ?? [],
        ]);

    public static string AcceptOf(string head) =>
        WebSocketHandshake.Accept(
            head.Split("\r\n").Single(line => line.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase))[18..]
        );

    /// <summary>Closes with a reset instead of a FIN.</summary>
    public void Reset()
    {
        IsDisposed = true;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Says that no more will come.</summary>
    public void ShutSend() => socket.Shutdown(SocketShutdown.Send);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return _stream.DisposeAsync();
    }

    private async Task<bool> FillAsync()
    {
        var buffer = new byte[16 * 1024];
        var read = await _stream.ReadAsync(buffer).AsTask().WaitAsync(_patience);
        _unread.AddRange(buffer.AsSpan(0, read));
        return read > 0;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Bench.Loads;

/// <summary>A client that costs next to nothing: one handshake, then one ready-made masked frame again and again.</summary>
internal sealed class RawWebSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _answer = [];
    private Stream? _stream;

    private Stream Open => _stream ?? throw new InvalidOperationException("It is not open.");

    public async Task OpenAsync(
        int port,
        CancellationToken cancellationToken,
        string host = "localhost",
        string path = "/ws",
        bool secure = false,
        int version = 13
    )
    {
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
        _stream = new NetworkStream(_socket);
        if (secure)
        {
            // No resumption: every peer does the same work for every connection.
            var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
            await tls.AuthenticateAsClientAsync(
                new()
                {
                    TargetHost = host,
                    AllowTlsResume = false,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                },
                cancellationToken
            );
            _stream = tls;
        }

        await _stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: {version}\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ),
            cancellationToken
        );
        var head = new byte[4096];
        var length = 0;
        while (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await Open.ReadAsync(head.AsMemory(length), cancellationToken);
            if (read == 0)
                throw new InvalidOperationException("The handshake was not answered.");
            length += read;
        }

        if (!Encoding.ASCII.GetString(head, 0, length).StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            throw new InvalidOperationException($"The handshake was refused: {Encoding.ASCII.GetString(head, 0, length)}");
    }

    /// <summary>Sends one frame and waits until as many bytes came back.</summary>
    public async ValueTask RoundTripAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (_answer.Length < frame.Length)
            _answer = new byte[frame.Length];
        await Open.WriteAsync(frame, cancellationToken);
        var received = 0;
        while (received < frame.Length)
        {
            var read = await Open.ReadAsync(_answer.AsMemory(0, frame.Length - received), cancellationToken);
            if (read == 0)
                throw new InvalidOperationException("The socket was dropped.");
            received += read;
        }
    }

    /// <summary>Reads and throws away until <paramref name="stop"/>; the bytes that came.</summary>
    public async Task<long> DrainAsync(CancellationToken stop)
    {
        var room = new byte[64 * 1024];
        var bytes = 0L;
        try
        {
            while (await Open.ReadAsync(room, stop) is var read and > 0)
                bytes += read;
            throw new InvalidOperationException("The socket was dropped.");
        }
        catch (OperationCanceledException)
        {
            return bytes;
        }
    }

    /// <summary>
    /// Waits for a close frame (nothing else may come), answers it, and returns its code; 1006 when the connection ended without one.
    /// </summary>
    public async Task<int> CloseCodeAsync(CancellationToken cancellationToken)
    {
        var room = new byte[256];
        var have = 0;
        try
        {
            while (have < 2 || have < 2 + room[1])
            {
                if (await Open.ReadAsync(room.AsMemory(have), cancellationToken) is not (> 0 and var read))
                    return 1006;
                have += read;
            }

            await Open.WriteAsync(new byte[] { 0x88, 0x82, 0, 0, 0, 0, room[2], room[3] }, cancellationToken);
            return room[0] == 0x88 ? (room[2] << 8) | room[3] : 0;
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            return 1006;
        }
    }

    /// <summary>Says goodbye as clients should, and waits for the answer: an echo of the frame.</summary>
    public ValueTask CloseAsync(CancellationToken cancellationToken) =>
        RoundTripAsync(new byte[] { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8 }, cancellationToken);

    /// <summary>The end is a reset.</summary>
    public void Reset() => _socket.LingerState = new(enable: true, seconds: 0);

    /// <summary>A masked binary frame of that payload.</summary>
    public static byte[] Frame(int payload)
    {
        byte[] head = payload < 126 ? [0x82, (byte)(0x80 | payload)] : [0x82, 0x80 | 126, (byte)(payload >> 8), (byte)payload];
        return [.. head, 1, 2, 3, 4, .. Enumerable.Repeat((byte)'x', payload)];
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stream?.Dispose();
    }
}

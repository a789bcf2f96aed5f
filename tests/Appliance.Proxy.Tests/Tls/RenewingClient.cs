using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>A client by OpenSSL itself, because .NET's cannot ask for new keys (RFC 8446, 4.6.3). Its calls block.</summary>
internal sealed class RenewingClient : IDisposable
{
    private const string Library = "libssl.so.3";
    private const int WithAnswer = 1;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly nint _context;
    private readonly nint _tls;

    public RenewingClient(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _context = SSL_CTX_new(TLS_client_method());
        _tls = SSL_new(_context);
        SSL_set_fd(_tls, (int)_socket.Handle).ShouldBe(1);
        SSL_connect(_tls).ShouldBe(1);
        Marshal.PtrToStringUTF8(SSL_get_version(_tls)).ShouldBe("TLSv1.3");
    }

    /// <summary>Sends; false when the connection is over.</summary>
    public bool Send(ReadOnlySpan<byte> bytes) => SSL_write(_tls, in MemoryMarshal.GetReference(bytes), bytes.Length) > 0;

    /// <summary>Asks for new keys in both directions; false when the connection is over.</summary>
    public bool Renew() => SSL_key_update(_tls, WithAnswer) == 1 && SSL_do_handshake(_tls) == 1;

    /// <summary>Reads so much.</summary>
    public byte[] Read(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count; )
        {
            var read = SSL_read(_tls, ref bytes[at], count - at);
            if (read <= 0)
                throw new EndOfStreamException();
            at += read;
        }

        return bytes;
    }

    /// <summary>Reads a head.</summary>
    public string ReadHead()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            text.Append((char)Read(1)[0]);
        return text.ToString();
    }

    public void Dispose()
    {
        SSL_free(_tls);
        SSL_CTX_free(_context);
        _socket.Dispose();
    }

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint TLS_client_method();

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_CTX_new(nint method);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SSL_CTX_free(nint context);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_new(nint context);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SSL_free(nint tls);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SSL_set_fd(nint tls, int fd);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SSL_connect(nint tls);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_get_version(nint tls);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SSL_write(nint tls, in byte bytes, int count);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SSL_read(nint tls, ref byte bytes, int count);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SSL_key_update(nint tls, int kind);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SSL_do_handshake(nint tls);
}

using System.Net.Security;
using System.Net.Sockets;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// TLS to a server that remembers whether a client certificate was asked for: with TLS 1.3 a server refuses a missing one only after the
/// handshake (RFC 8446, 4.4.2.4), when the first answer is waited for.
/// </summary>
internal sealed class ServerTlsStream(Stream connection, FirstBytes inner, string? shown) : SslStream(inner, leaveInnerStreamOpen: false)
{
    /// <summary>The socket under it; null when an event loop has it.</summary>
    public Socket? Socket => (connection as NetworkStream)?.Socket;

    /// <summary>The socket under it, when an event loop has it.</summary>
    public EpollStream? OnLoop => connection as EpollStream;

    /// <summary>
    /// True once the connection has ended without TLS's own word for it (close_notify; RFC 8446, 6.1): what has come may be cut off.
    /// </summary>
    public bool WasCutShort => inner.HasEnded;

    /// <summary>True once the server has asked for one.</summary>
    public bool WasAsked { get; set; }

    /// <summary>What to say when the server ends the connection instead of answering; null when it had asked for nothing.</summary>
    public string? Refusal =>
        !WasAsked ? null
        : shown is null
            ? "The server wants a client certificate, and the pool has none: it ended the connection. Choose one at the pool (tls, "
                + "clientCertificate)."
        : $"The server asked for a client certificate and ended the connection when {shown} was shown. Does it trust the authority of "
            + "that certificate?";
}

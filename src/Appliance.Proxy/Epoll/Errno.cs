using System.Net.Sockets;

namespace Appliance.Proxy.Epoll;

/// <summary>The errors that decide something here, with Linux's numbers (the same on every architecture that .NET runs on).</summary>
internal static class Errno
{
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;
    public const int WouldBlock = 11;
    public const int ProcessFiles = 24;
    public const int SystemFiles = 23;
    public const int NoMemory = 12;
    public const int BrokenPipe = 32;
    public const int NoBuffers = 105;
    public const int ConnectionReset = 104;
    public const int InProgress = 115;

    /// <summary>The error as .NET names it; what has no name there is a plain SocketError.</summary>
    public static SocketError Named(int error) =>
        error switch
        {
            ProcessFiles or SystemFiles => SocketError.TooManyOpenSockets,
            NoMemory or NoBuffers => SocketError.NoBufferSpaceAvailable,
            13 => SocketError.AccessDenied,
            BrokenPipe => SocketError.Shutdown,
            99 => SocketError.AddressNotAvailable,
            101 => SocketError.NetworkUnreachable,
            103 => SocketError.ConnectionAborted,
            ConnectionReset => SocketError.ConnectionReset,
            110 => SocketError.TimedOut,
            111 => SocketError.ConnectionRefused,
            112 => SocketError.HostDown,
            113 => SocketError.HostUnreachable,
            _ => SocketError.SocketError,
        };

    /// <summary>
    /// True when accept(2) failed of the connection at the head of the queue, and the next one is as good as ever: its page counts these
    /// up. Everything else is about the listening socket itself.
    /// </summary>
    public static bool IsOfOneConnection(int result) => -result is 1 or 64 or 71 or 92 or 95 or 100 or 101 or 103 or 110 or 112 or 113;

    /// <summary>True when a send failed because the peer is gone: reading will find the end, too.</summary>
    public static bool IsOfThePeer(int result) => result is -BrokenPipe or -ConnectionReset;

    /// <summary>True when a call failed of what the process or the machine has none of for the moment.</summary>
    public static bool IsScarcity(int result) => -result is ProcessFiles or SystemFiles or NoMemory or NoBuffers;

    /// <summary>True when the call should be tried again once the socket is ready.</summary>
    public static bool MustWait(int result) => result is -WouldBlock or -Interrupted;
}

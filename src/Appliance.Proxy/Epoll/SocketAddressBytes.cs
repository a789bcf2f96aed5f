using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Epoll;

/// <summary>sockaddr_in and sockaddr_in6 of Linux.</summary>
internal static unsafe class SocketAddressBytes
{
    /// <summary>The size of sockaddr_in6, the larger one.</summary>
    public const int Most = 28;

    private const ushort Inet = 2;
    private const ushort Inet6 = 10;
    private const int InetBytes = 16;

    /// <summary>The system's number of an address family: AF_INET or AF_INET6.</summary>
    public static ushort NativeFamily(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? Inet6 : Inet;

    /// <summary>Writes an address; returns its length.</summary>
    public static int Write(IPEndPoint from, byte* to)
    {
        var bytes = new Span<byte>(to, Most);
        bytes.Clear();
        *(ushort*)to = NativeFamily(from.AddressFamily);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)from.Port);
        if (from.AddressFamily != AddressFamily.InterNetworkV6)
        {
            from.Address.TryWriteBytes(bytes[4..], out _);
            return InetBytes;
        }

        from.Address.TryWriteBytes(bytes[8..], out _);
        *(uint*)(to + 24) = (uint)from.Address.ScopeId;
        return Most;
    }

    /// <summary>Reads an address; null when it is neither of the two families.</summary>
    public static IPEndPoint? Read(byte* from)
    {
        var bytes = new ReadOnlySpan<byte>(from, Most);
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return *(ushort*)from switch
        {
            Inet => new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), port),
            Inet6 => new IPEndPoint(new IPAddress(bytes.Slice(8, 16), *(uint*)(from + 24)), port),
            _ => null,
        };
    }
}

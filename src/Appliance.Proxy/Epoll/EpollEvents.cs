using System.Runtime.InteropServices;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The array that epoll_wait(2) fills. Its entry is packed to 12 bytes on x86-64 only, by an old mistake that became the ABI; elsewhere it
/// is 16.
/// </summary>
internal sealed unsafe class EpollEvents(int count) : IDisposable
{
    /// <summary>EPOLLIN: something can be read.</summary>
    public const uint In = 0x1;

    /// <summary>EPOLLPRI: urgent data is among what can be read. A read stops in front of it, however much is behind.</summary>
    public const uint Urgent = 0x2;

    /// <summary>EPOLLOUT: something can be written.</summary>
    public const uint Out = 0x4;

    /// <summary>EPOLLERR: the connection broke. Always watched.</summary>
    public const uint Error = 0x8;

    /// <summary>EPOLLHUP: over in both directions. Always watched.</summary>
    public const uint HangUp = 0x10;

    /// <summary>EPOLLRDHUP: the peer sends no more.</summary>
    public const uint PeerEnded = 0x2000;

    /// <summary>EPOLLET: say it once, when it changes.</summary>
    public const uint EdgeTriggered = 0x80000000;

    /// <summary>The larger of the two layouts.</summary>
    public const int Most = 16;

    private static readonly bool _packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int _size = _packed ? 12 : Most;
    private static readonly int _dataAt = _packed ? 4 : 8;

    /// <summary>How many entries the buffer holds.</summary>
    public int Count => count;

    /// <summary>The address of the first entry.</summary>
    public byte* Address { get; private set; } = (byte*)NativeMemory.AllocZeroed((nuint)count, Most);

    /// <summary>What happened in entry <paramref name="at"/>.</summary>
    public uint Happened(int at) => *(uint*)(Address + (at * _size));

    /// <summary>What the entry's descriptor was registered with.</summary>
    public ulong Data(int at) => *(ulong*)(Address + (at * _size) + _dataAt);

    /// <summary>Writes one entry at this address.</summary>
    public static void Write(byte* entry, uint events, ulong data)
    {
        *(uint*)entry = events;
        *(ulong*)(entry + _dataAt) = data;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Address);
        Address = null;
    }
}

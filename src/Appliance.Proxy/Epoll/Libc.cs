using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The system calls of an event loop, for Linux (glibc and musl). Every call that can fail returns its result or, like the kernel itself,
/// the negated errno; nothing here throws. The only unsafe code of the product is in this folder.
/// </summary>
internal static unsafe partial class Libc
{
    private const int SockStream = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Peeking = 2;
    private const int NoSignal = 0x4000;
    private const int SolSocket = 1;
    private const int SoError = 4;
    private const int SoLinger = 13;
    private const int IpProtoTcp = 6;
    private const int TcpNoDelay = 1;
    private const int NoFile = 7;
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;

    /// <summary>A new epoll instance.</summary>
    public static int EpollCreate() => Result(epoll_create1(CloseOnExec));

    /// <summary>A new eventfd: what wakes a loop up.</summary>
    public static int EventCreate() =>
        Faults.At(FaultPoint.EventCreate) is < 0 and var fault ? fault : Result(eventfd(0, CloseOnExec | NonBlocking));

    /// <summary>Adds one to an eventfd.</summary>
    public static void EventRaise(int fd)
    {
        ulong one = 1;
        write(fd, &one, sizeof(ulong));
    }

    /// <summary>Changes what an epoll instance watches.</summary>
    public static int EpollControl(int epoll, EpollChange change, int fd, uint events, ulong data)
    {
        if (Faults.At(FaultPoint.EpollControl) is < 0 and var fault)
            return fault;
        var entry = stackalloc byte[EpollEvents.Most];
        EpollEvents.Write(entry, events, data);
        return Result(epoll_ctl(epoll, (int)change, fd, entry));
    }

    /// <summary>Waits for events, at most <paramref name="milliseconds"/> (-1: without end). A signal ends the wait with nothing.</summary>
    public static int EpollWait(int epoll, EpollEvents events, int milliseconds) =>
        Faults.At(FaultPoint.EpollWait) is < 0 and var fault
            ? fault
            : Result(epoll_wait(epoll, events.Address, events.Count, milliseconds));

    /// <summary>A non-blocking TCP socket.</summary>
    public static int Socket(AddressFamily family) =>
        Faults.At(FaultPoint.Socket) is < 0 and var fault
            ? fault
            : Result(socket((int)SocketAddressBytes.NativeFamily(family), SockStream | NonBlocking | CloseOnExec, 0));

    /// <summary>Begins a connection: -EINPROGRESS is the usual answer.</summary>
    public static int Connect(int fd, IPEndPoint to)
    {
        if (Faults.At(FaultPoint.Connect) is < 0 and var fault)
            return fault;
        var address = stackalloc byte[SocketAddressBytes.Most];
        return Result(connect(fd, address, SocketAddressBytes.Write(to, address)));
    }

    /// <summary>
    /// Ends a connection with a reset and leaves the descriptor open: a thread that is in a call on it fails, and no other connection is
    /// harmed.
    /// </summary>
    public static void Disconnect(int fd)
    {
        // A family of AF_UNSPEC (0) is how connect(2) says "dissolve the association".
        var address = stackalloc byte[SocketAddressBytes.Most];
        new Span<byte>(address, SocketAddressBytes.Most).Clear();
        _ = connect(fd, address, SocketAddressBytes.Most);
    }

    /// <summary>Takes the next connection of a listening socket, non-blocking.</summary>
    public static int Accept(int fd, out IPEndPoint? peer)
    {
        peer = null;
        if (Faults.At(FaultPoint.Accept) is < 0 and var fault)
            return fault;
        var address = stackalloc byte[SocketAddressBytes.Most];
        var length = SocketAddressBytes.Most;
        var taken = Result(accept4(fd, address, &length, NonBlocking | CloseOnExec));
        peer = taken < 0 ? null : SocketAddressBytes.Read(address);
        return taken;
    }

    /// <summary>The local address of a socket, or null.</summary>
    public static IPEndPoint? LocalAddress(int fd)
    {
        if (Faults.At(FaultPoint.LocalAddress) < 0)
            return null;
        var address = stackalloc byte[SocketAddressBytes.Most];
        var length = SocketAddressBytes.Most;
        return getsockname(fd, address, &length) < 0 ? null : SocketAddressBytes.Read(address);
    }

    /// <summary>True when a connection that was begun is there: only then it has a peer.</summary>
    public static bool IsConnected(int fd)
    {
        if (Faults.At(FaultPoint.IsConnected) < 0)
            return false;
        var address = stackalloc byte[SocketAddressBytes.Most];
        var length = SocketAddressBytes.Most;
        return getpeername(fd, address, &length) == 0;
    }

    /// <summary>Reads what is there.</summary>
    public static int Receive(int fd, Span<byte> room)
    {
        if (Faults.At(FaultPoint.Receive) is < 0 and var fault)
            return fault;
        fixed (byte* at = room)
            return Result(recv(fd, at, (nuint)room.Length, 0));
    }

    /// <summary>What <see cref="Receive"/> would say of one byte, which stays. An error is told once.</summary>
    public static int Peek(int fd)
    {
        if (Faults.At(FaultPoint.Peek) is < 0 and var fault)
            return fault;
        byte one;
        return Result(recv(fd, &one, 1, Peeking));
    }

    /// <summary>Writes as much as there is room for.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        if (Faults.At(FaultPoint.Send) is < 0 and var fault)
            return fault;
        fixed (byte* at = bytes)
            return Result(send(fd, at, (nuint)bytes.Length, NoSignal));
    }

    /// <summary>No more will be sent: a FIN behind what was. Fails when the connection is gone.</summary>
    public static int ShutdownSend(int fd) => Faults.At(FaultPoint.ShutdownSend) is < 0 and var fault ? fault : Result(shutdown(fd, 1));

    /// <summary>
    /// Closes a descriptor; what was sent is still delivered. Linux lets go of the number whatever close(2) says, so that there is nothing
    /// to fail here.
    /// </summary>
    public static void Close(int fd) => _ = close(fd);

    /// <summary>Closes with a reset: what the other end has not got is dropped.</summary>
    public static void CloseWithReset(int fd)
    {
        var linger = stackalloc int[] { 1, 0 };
        _ = setsockopt(fd, SolSocket, SoLinger, linger, 2 * sizeof(int));
        _ = close(fd);
    }

    /// <summary>Small messages leave immediately.</summary>
    public static void NoDelay(int fd)
    {
        if (Faults.At(FaultPoint.NoDelay) < 0)
            return;
        var on = 1;
        _ = setsockopt(fd, IpProtoTcp, TcpNoDelay, &on, sizeof(int));
    }

    /// <summary>The error that is pending on a socket, negated; 0 when no error is pending. Asking clears it.</summary>
    public static int PendingError(int fd)
    {
        if (Faults.At(FaultPoint.PendingError) is < 0 and var fault)
            return fault;
        var error = 0;
        var length = sizeof(int);
        return getsockopt(fd, SolSocket, SoError, &error, &length) < 0 ? -Marshal.GetLastPInvokeError() : -error;
    }

    /// <summary>How many descriptors the process may have open (RLIMIT_NOFILE); 1024 when it cannot be told.</summary>
    public static long MostFiles()
    {
        var limits = stackalloc ulong[2];
        return getrlimit(NoFile, limits) < 0 ? 1024 : (long)Math.Min(limits[0], long.MaxValue);
    }

    /// <summary>
    /// A file of its path, to write at its end wherever others may have written (O_APPEND); made when it is not there. Does not wait for
    /// the reader of a pipe. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
    /// </summary>
    public static SafeFileHandle OpenToAppend(string path, int mode)
    {
        var fd = Result(open(path, WriteOnly | Append | Create | NonBlocking | CloseOnExec, mode));
        return fd >= 0
            ? new((nint)fd, ownsHandle: true)
            : throw (
                -fd is AccessDenied or NotPermitted
                    ? new UnauthorizedAccessException($"{path}: {Marshal.GetPInvokeErrorMessage(-fd)}")
                    : new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(-fd)}")
            );
    }

    // The errno of a call is taken by the generated code before anything else of the runtime can change it.
    private static int Result(nint value) => value < 0 ? -Marshal.GetLastPInvokeError() : (int)value;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int change, int fd, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* entries, int count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc")]
    private static partial nint write(int fd, void* bytes, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int fd, byte* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int fd, byte* address, int* length, int flags);

    [LibraryImport("libc")]
    private static partial int getsockname(int fd, byte* address, int* length);

    [LibraryImport("libc")]
    private static partial int getpeername(int fd, byte* address, int* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int fd, byte* room, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int fd, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int fd, int how);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int fd, int level, int name, void* value, int* length);

    [LibraryImport("libc")]
    private static partial int setsockopt(int fd, int level, int name, void* value, int length);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ulong* limits);
}

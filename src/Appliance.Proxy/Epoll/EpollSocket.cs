using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A non-blocking TCP socket of a loop, for code on the thread pool: the HTTP phase of a client's connection, and a dial. Calls never
/// block; who is told to wait waits for <see cref="Readable"/> or <see cref="Writable"/> and calls again. A tunnel takes the descriptor
/// over by <see cref="Detach"/>.
/// </summary>
internal sealed class EpollSocket : EpollHandler, IDisposable
{
    private readonly EpollLoops _loops;
    private readonly Lock _lock = new();
    private Action? _peerEnded;
    private EpollHandler? _successor;
    private int _fd;
    private int _slot;
    private bool _isSecond;
    private bool _watchesWriting;
    private bool _isClosed;

    // The owner's one, and one for each call on the descriptor: it is closed or given away when nobody is in a call, because its number may
    // be another connection's the moment after.
    private int _holds = 1;

    // How often urgent data was told of, and up to which of these the socket has been read empty: behind the urgent byte there may be more
    // than a read shows.
    private int _urgentTold;
    private int _urgentRead;

    /// <summary>Over a connected descriptor; <see cref="Begin"/> takes it over, and lets the loop watch it.</summary>
    public EpollSocket(EpollLoops loops, EpollLoop loop, int fd, Action? peerEnded = null, bool connecting = false)
    {
        (_loops, Loop, _fd, _peerEnded, _watchesWriting) = (loops, loop, fd, peerEnded, connecting);
        Faults.Allocating();
    }

    /// <summary>The loop that watches it; a tunnel's two sockets have the same.</summary>
    public EpollLoop Loop { get; }

    /// <summary>Something can be read, or the peer ended.</summary>
    public Readiness Readable { get; } = new();

    /// <summary>Something can be written, or the connection is over; wait by <see cref="WaitWritableAsync"/>.</summary>
    public Readiness Writable { get; } = new();

    /// <summary>
    /// Code that waits for this socket continues on the loop's own thread, which saves a change of threads, or on the thread pool (false,
    /// the default). On the loop it must never block: it leaves by <see cref="LoopThread.LeaveAsync"/> before it may. To be called while
    /// nothing waits.
    /// </summary>
    public void RunInPlace(bool inPlace) => (Readable.RunsInPlace, Writable.RunsInPlace) = (inPlace, inPlace);

    /// <summary>True once a FIN or an error has come. Readers must then read to the end, because no later edge tells of it again.</summary>
    public bool PeerEnded { get; private set; }

    /// <summary>
    /// Takes the descriptor over. False when the kernel does not watch it; it is closed then, as it is when this throws, for lack of
    /// memory.
    /// </summary>
    public bool Begin()
    {
        var slot = -Errno.NoMemory;
        _loops.Opened();
        try
        {
            Libc.NoDelay(_fd);
            slot = Loop.Register(_fd, this, second: false, _watchesWriting ? EpollLoop.ReadingAndWriting : EpollLoop.Reading);
        }
        finally
        {
            if (slot >= 0)
            {
                _slot = slot;
            }
            else
            {
                _isClosed = true;
                LetGo();
                _loops.Closed();
            }
        }

        return slot >= 0;
    }

    /// <summary>Connects. Throws <see cref="SocketException"/> or <see cref="OperationCanceledException"/>.</summary>
    public static async ValueTask<EpollSocket> ConnectAsync(
        EpollLoops loops,
        EpollLoop loop,
        IPEndPoint to,
        CancellationToken cancellationToken
    )
    {
        if (loops.IsFull)
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        var fd = Libc.Socket(to.AddressFamily);
        if (fd < 0)
            throw new SocketException((int)Errno.Named(-fd));
        EpollSocket socket;
        bool connecting;
        try
        {
            var begun = Libc.Connect(fd, to);
            if (begun < 0 && begun != -Errno.InProgress)
                throw new SocketException((int)Errno.Named(-begun));

            // Registered only now: a socket that is not connected yet would be reported as hung up. On this machine it is connected
            // already.
            connecting = begun < 0 && !Libc.IsConnected(fd);
            socket = new EpollSocket(loops, loop, fd, peerEnded: null, connecting);
        }
        catch
        {
            Libc.Close(fd);
            throw;
        }

        if (!socket.Begin())
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        if (!connecting)
            return socket;
        try
        {
            // The first edge is the connection, or its failure.
            await socket.Writable.WaitAsync(cancellationToken);
            var error = Libc.PendingError(fd);
            return error == 0 ? socket : throw new SocketException((int)Errno.Named(-error));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The local address, or null.</summary>
    public IPEndPoint? LocalAddress()
    {
        lock (_lock)
            return _fd < 0 || _isClosed ? null : Libc.LocalAddress(_fd);
    }

    /// <summary>True when the last read did not empty the socket, as far as one can tell: the next edge may be long gone.</summary>
    public bool MayHaveMore { get; private set; } = true;

    /// <summary>
    /// True when a call here was told of the connection's failure. The kernel tells an error once: who reads next finds an end in its
    /// place.
    /// </summary>
    public bool IsBroken { get; private set; }

    /// <summary>Reads what is there: how much, 0 at the end, or a negated errno.</summary>
    public int Receive(Span<byte> room)
    {
        if (!Hold())
            return -Errno.BadDescriptor;
        // Forgotten before the read: what is told from here on may be news.
        Readable.Forget();
        var urgent = Volatile.Read(ref _urgentTold);
        var read = Libc.Receive(_fd, room);
        LetGo();

        // Less than there was room for: the socket is empty, and the next edge tells when it is not (epoll(7)). After an end no edge tells
        // anything, and in front of urgent data a read stops whatever is behind.
        if (read == -Errno.WouldBlock)
            _urgentRead = urgent;
        MayHaveMore = read == room.Length || PeerEnded || _urgentRead != Volatile.Read(ref _urgentTold);
        IsBroken |= read < 0 && !Errno.MustWait(read);
        return read;
    }

    /// <summary>Writes what there is room for: how much, or a negated errno.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (!Hold())
            return -Errno.BadDescriptor;
        var sent = Libc.Send(_fd, bytes);
        LetGo();
        if (sent >= 0 || Errno.MustWait(sent))
            return sent;
        IsBroken = true;

        // Whatever the peer said before it went away can still be read. Of any other failure (no memory) it knows nothing, and would wait
        // as its reader here does.
        if (!Errno.IsOfThePeer(sent))
            Reset();
        return sent;
    }

    /// <summary>Waits until there may be room again.</summary>
    public ValueTask WaitWritableAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Asking tells what is so already: no edge is missed. What the kernel does not watch would be waited for without end: it is
            // cut.
            if (!_watchesWriting && _fd >= 0 && !_isClosed && Loop.Watch(_fd, _slot, EpollLoop.ReadingAndWriting) < 0)
                Cut();
            _watchesWriting = true;
        }

        return Writable.WaitAsync(cancellationToken);
    }

    /// <summary>Sends all of it. Throws <see cref="IOException"/> when the connection is over.</summary>
    public async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var sent = Send(bytes.Span);
            if (sent >= 0)
                bytes = bytes[sent..];
            else if (Errno.MustWait(sent))
                await WaitWritableAsync(cancellationToken);
            else
                throw Broken(sent);
        }
    }

    /// <summary>Reads something; 0 at the end. Throws <see cref="IOException"/> when the connection broke.</summary>
    public async ValueTask<int> ReceiveSomeAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = Receive(room.Span);
            if (read >= 0)
                return read;
            if (!Errno.MustWait(read))
                throw Broken(read);
            await Readable.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Ends the connection immediately, with a reset. Waiting readers and writers wake and fail. The descriptor stays until
    /// <see cref="Dispose"/>.
    /// </summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_fd >= 0 && !_isClosed)
                Libc.Disconnect(_fd);
        }

        Readable.Signal();
        Writable.Signal();
    }

    /// <summary>
    /// Gives the descriptor away: it is the caller's to close and to count as closed, and this object is empty. (-1, -1) when it was
    /// closed, or while a call is on it, which may not read what belongs to the next owner. <see cref="HandOver"/> follows.
    /// </summary>
    public (int Fd, int Slot) Detach()
    {
        lock (_lock)
        {
            if (_isClosed || Interlocked.CompareExchange(ref _holds, 0, 1) != 1)
                return (-1, -1);
            var given = (_fd, _slot);
            (_fd, _slot) = (-1, -1);
            _peerEnded = null;
            return given;
        }
    }

    /// <summary>
    /// Lets <paramref name="successor"/> hear of the slot from now on. True when something was told here that nobody has read: an edge of
    /// the past, which does not come again. Events that are just being told here are passed on.
    /// </summary>
    public bool HandOver(int slot, EpollHandler successor, bool second)
    {
        _isSecond = second;
        // Written before the past is looked at, as OnReady notes the past before it looks for a successor: one of the two sees the other.
        Interlocked.Exchange(ref _successor, successor);
        // A tunnel has two slots: by the first it may have heard of its end, and given both back, before the second is handed over.
        Loop.Replace(slot, this, successor, second);
        return PeerEnded || MayHaveMore || Readable.IsSignalled;
    }

    /// <summary>Stops telling anybody that the peer ended: a tunnel is about to take over, which reads that itself.</summary>
    public void Silence() => _peerEnded = null;

    /// <summary>Closes. What was sent is still delivered.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_fd < 0 || _isClosed)
                return;
            _isClosed = true;
            Loop.Release(_slot);
        }

        LetGo();
        _loops.Closed();
        Readable.Signal();
        Writable.Signal();
    }

    /// <inheritdoc/>
    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        const uint over = EpollEvents.PeerEnded | EpollEvents.HangUp | EpollEvents.Error;
        var ended = (events & over) != 0;
        if (ended)
            PeerEnded = true;
        if ((events & EpollEvents.Urgent) != 0)
            Interlocked.Increment(ref _urgentTold);
        if (ended || (events & (EpollEvents.In | EpollEvents.Urgent)) != 0)
            Readable.Signal();
        if ((events & (EpollEvents.Out | EpollEvents.HangUp | EpollEvents.Error)) != 0)
            Writable.Signal();
        if (ended)
            _peerEnded?.Invoke();
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _successor)?.OnReady(loop, _isSecond, events);
    }

    /// <inheritdoc/>
    public override void OnAbandoned(EpollLoop loop) => Reset();

    private void Cut()
    {
        IsBroken = true;
        Libc.Disconnect(_fd);
        Writable.Signal();
    }

    private bool Hold()
    {
        for (var held = Volatile.Read(ref _holds); held > 0; )
        {
            var before = Interlocked.CompareExchange(ref _holds, held + 1, held);
            if (before == held)
                return true;
            held = before;
        }

        return false;
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
            Libc.Close(_fd);
    }

    /// <summary>What a negated errno of a call means to who reads or writes.</summary>
    public static IOException Broken(int result) => new("The connection broke.", new SocketException((int)Errno.Named(-result)));
}

using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A non-blocking TCP socket of a loop, for code on the thread pool: the HTTP phase of a client's connection, and a dial. Calls never block; who is told to
/// wait waits for <see cref="Readable"/> or <see cref="Writable"/> and calls again. A tunnel takes the descriptor over by <see cref="Detach"/>.
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

    private EpollSocket(EpollLoops loops, EpollLoop loop, int fd) => (_loops, Loop, _fd) = (loops, loop, fd);

    /// <summary>The loop that watches it; a tunnel's two sockets have the same.</summary>
    public EpollLoop Loop { get; }

    /// <summary>Something can be read, or the peer ended.</summary>
    public Readiness Readable { get; } = new();

    /// <summary>Something can be written, or the connection is over; wait by <see cref="WaitWritableAsync"/>.</summary>
    public Readiness Writable { get; } = new();

    /// <summary>True once a FIN or an error has come: whoever reads must read to the end, no edge will tell of it again.</summary>
    public bool PeerEnded { get; private set; }

    /// <summary>Takes over a connected descriptor. Null when the kernel refuses to watch it; it is closed then.</summary>
    public static EpollSocket? Adopt(EpollLoops loops, EpollLoop loop, int fd, Action? peerEnded = null, bool connecting = false)
    {
        var one = new EpollSocket(loops, loop, fd) { _peerEnded = peerEnded, _watchesWriting = connecting };
        loops.Opened();
        Libc.NoDelay(fd);
        one._slot = loop.Register(fd, one, second: false, connecting ? EpollLoop.ReadingAndWriting : EpollLoop.Reading);
        if (one._slot >= 0) return one;
        loops.Closed();
        Libc.Close(fd);
        return null;
    }

    /// <summary>Connects. Throws <see cref="SocketException"/> or <see cref="OperationCanceledException"/>.</summary>
    public static async ValueTask<EpollSocket> ConnectAsync(EpollLoops loops, EpollLoop loop, IPEndPoint to, CancellationToken cancellationToken)
    {
        if (loops.IsFull) throw new SocketException((int)SocketError.TooManyOpenSockets);
        var fd = Libc.Socket(to.AddressFamily);
        if (fd < 0) throw new SocketException((int)Errno.Named(-fd));
        var begun = Libc.Connect(fd, to);
        if (begun < 0 && begun != -Errno.InProgress)
        {
            Libc.Close(fd);
            throw new SocketException((int)Errno.Named(-begun));
        }

        // Registered only now: a socket that is not connected yet would be reported as hung up. On this machine it is connected already.
        var connecting = begun < 0 && !Libc.IsConnected(fd);
        var socket = Adopt(loops, loop, fd, peerEnded: null, connecting) ?? throw new SocketException((int)SocketError.TooManyOpenSockets);
        if (!connecting) return socket;
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
        lock (_lock) return _fd < 0 ? null : Libc.LocalAddress(_fd);
    }

    /// <summary>True when the last read did not empty the socket, as far as one can tell: the next edge may be long gone.</summary>
    public bool MayHaveMore { get; private set; } = true;

    /// <summary>True when a call here was told of the connection's failure. The kernel tells an error once: who reads next finds an end in its place.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Reads what is there: how much, 0 at the end, or a negated errno.</summary>
    public int Receive(Span<byte> room)
    {
        // Forgotten before the read: what is told from here on may be news.
        Readable.Forget();
        var read = Libc.Receive(_fd, room);
        // Less than there was room for: the socket is empty, and the next edge tells when it is not (epoll(7)). After an end no edge tells anything.
        MayHaveMore = read == room.Length || PeerEnded;
        IsBroken |= read < 0 && !Errno.MustWait(read);
        return read;
    }

    /// <summary>Writes what there is room for: how much, or a negated errno.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = Libc.Send(_fd, bytes);
        IsBroken |= sent < 0 && !Errno.MustWait(sent);
        return sent;
    }

    /// <summary>Waits until there may be room again.</summary>
    public ValueTask WaitWritableAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Asking tells at once what is so already: no edge is missed.
            if (!_watchesWriting && _fd >= 0) Loop.Watch(_fd, _slot, EpollLoop.ReadingAndWriting);
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
            if (sent >= 0) bytes = bytes[sent..];
            else if (Errno.MustWait(sent)) await WaitWritableAsync(cancellationToken);
            else throw Broken(sent);
        }
    }

    /// <summary>Reads something; 0 at the end. Throws <see cref="IOException"/> when the connection broke.</summary>
    public async ValueTask<int> ReceiveSomeAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = Receive(room.Span);
            if (read >= 0) return read;
            if (!Errno.MustWait(read)) throw Broken(read);
            await Readable.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the connection at once, with a reset; whoever waits is woken and fails. The descriptor stays until <see cref="Dispose"/>.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_fd >= 0) Libc.Disconnect(_fd);
        }

        Readable.Signal();
        Writable.Signal();
    }

    /// <summary>
    /// Gives the descriptor away: it is the caller's to close and to count as closed, and this object is empty. (-1, -1) when it was closed.
    /// <see cref="HandOver"/> follows.
    /// </summary>
    public (int Fd, int Slot) Detach()
    {
        lock (_lock)
        {
            var given = (_fd, _slot);
            (_fd, _slot) = (-1, -1);
            _peerEnded = null;
            return given;
        }
    }

    /// <summary>
    /// Lets <paramref name="successor"/> hear of the slot from now on. True when something was told here that nobody has read: an edge of the past, which
    /// does not come again. Events that are just being told here are passed on.
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
            if (_fd < 0) return;
            Loop.Release(_slot);
            Libc.Close(_fd);
            (_fd, _slot) = (-1, -1);
        }

        _loops.Closed();
        Readable.Signal();
        Writable.Signal();
    }

    /// <inheritdoc/>
    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        const uint over = EpollEvents.PeerEnded | EpollEvents.HangUp | EpollEvents.Error;
        var ended = (events & over) != 0;
        if (ended) PeerEnded = true;
        if (ended || (events & EpollEvents.In) != 0) Readable.Signal();
        if ((events & (EpollEvents.Out | EpollEvents.HangUp | EpollEvents.Error)) != 0) Writable.Signal();
        if (ended) _peerEnded?.Invoke();
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _successor)?.OnReady(loop, _isSecond, events);
    }

    /// <inheritdoc/>
    public override void OnAbandoned(EpollLoop loop) => Reset();

    private static IOException Broken(int result) => new("The connection broke.", new SocketException((int)Errno.Named(-result)));
}

using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A listening socket: accepts on the first loop and gives each connection to the loop that carries the fewest. When sockets or descriptors run out, it
/// leaves clients in the kernel's queue and looks again a little later, instead of asking without end what cannot be given.
/// </summary>
internal sealed class EpollListener : EpollHandler, IConnectionListener
{
    private const int Backlog = 4096;
    private const int MostAtOnce = 64;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    private readonly EpollLoops _loops;
    private readonly Socket _socket;
    private readonly int _fd;
    private readonly int _slot;
    // What waits in AcceptAsync is the server's own loop, which hands a connection to the thread pool: it may run here, and saves a thread's turn.
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = true });

    // The local address of every connection, unless it is any.
    private readonly IPEndPoint? _local;
    private readonly Lock _lock = new();
    private readonly ScarcityLog _said;
    private bool _paused;
    private bool _unbound;

    private EpollListener(EpollLoops loops, Socket socket)
    {
        (_loops, _socket) = (loops, socket);
        EndPoint = socket.LocalEndPoint!; // It is bound.
        _local = EndPoint is IPEndPoint bound && !bound.Address.Equals(IPAddress.Any) && !bound.Address.Equals(IPAddress.IPv6Any) ? bound : null;
        _said = new ScarcityLog(loops.Files, loops.Memory, loops.Time, loops.Log);
        _fd = (int)socket.Handle;
        _slot = loops.First.Register(_fd, this, second: false, EpollEvents.In);
        if (_slot < 0) throw new SocketException((int)Errno.Named(-_slot));
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Binds and listens. Throws <see cref="AddressInUseException"/> or <see cref="SocketException"/>.</summary>
    public static EpollListener Bind(EpollLoops loops, IPEndPoint at)
    {
        // .NET's socket for what happens once: it sets what a listener needs and names what goes wrong.
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            if (at.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(at);
            socket.Listen(Backlog);
            return new EpollListener(loops, socket);
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(taken.Message, taken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var connection)) return connection;
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_unbound) return ValueTask.CompletedTask;
            _unbound = true;
            _loops.First.Release(_slot);
            _socket.Dispose();
        }

        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None);
        while (_accepted.Reader.TryRead(out var nobodys)) await nobodys.DisposeAsync();
    }

    /// <inheritdoc/>
    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        // Level-triggered: what is left after so many is told again.
        for (var taken = 0; taken < MostAtOnce; taken++)
        {
            var fd = TryAccept(loop, out var peer);
            if (fd < 0) return;
            // Nobody accepts any more when the listener was unbound just now: closed, and not only ended, or its descriptor would stay.
            if (EpollConnection.Open(_loops, _loops.Quietest, fd, peer, _local) is { } connection && !_accepted.Writer.TryWrite(connection))
                _ = connection.DisposeAsync().AsTask();
        }
    }

    /// <inheritdoc/>
    public override void OnDue(EpollLoop loop)
    {
        lock (_lock)
        {
            if (!_paused || _unbound) return;
            if (_loops.MayNotAccept)
            {
                loop.CallAfter(this, _pause);
                return;
            }

            _paused = false;
            _said.Resumed();
            loop.Watch(_fd, _slot, EpollEvents.In);
        }
    }

    /// <inheritdoc/>
    public override void OnAbandoned(EpollLoop loop) => _accepted.Writer.TryComplete();

    private int TryAccept(EpollLoop loop, out IPEndPoint? peer)
    {
        lock (_lock)
        {
            peer = null;
            while (!_unbound && !_paused)
            {
                var fd = _loops.MayNotAccept ? -Errno.ProcessFiles : Libc.Accept(_fd, out peer);
                if (fd >= 0 || Errno.MustWait(fd)) return fd;
                if (-fd is Errno.ProcessFiles or Errno.SystemFiles or Errno.NoMemory or Errno.NoBuffers)
                {
                    Pause(loop);
                    return fd;
                }

                // The connection ended in the queue (accept(2) lists many such errors): the next one is as good as ever.
                _loops.Log.AcceptFailed(Errno.Named(-fd).ToString());
            }

            return -1;
        }
    }

    private void Pause(EpollLoop loop)
    {
        _paused = true;
        _said.Paused();
        loop.Watch(_fd, _slot, 0);
        loop.CallAfter(this, _pause);
    }
}

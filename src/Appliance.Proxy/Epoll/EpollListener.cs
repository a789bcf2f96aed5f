using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A listening socket: accepts on the first loop and gives each connection to the loop that carries the fewest. When sockets or descriptors
/// run out, it leaves clients in the kernel's queue and looks again a little later, instead of asking without end what cannot be given. One
/// connection's failure ends that connection; a listening socket that is lost is replaced; and where neither helps, the process ends,
/// because a port that is open and deaf helps nobody.
/// </summary>
internal sealed class EpollListener : EpollHandler, IConnectionListener
{
    private const int Backlog = 4096;
    private const int MostAtOnce = 64;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly EpollLoops _loops;

    // What waits in AcceptAsync is the server's own loop, which hands a connection to the thread pool: it may run here, and saves a
    // thread's turn.
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(
        new UnboundedChannelOptions
        {
            SingleReader = true,
            SingleWriter = true,
            AllowSynchronousContinuations = true,
        }
    );

    // The local address of every connection, unless it is any.
    private readonly IPEndPoint? _local;
    private readonly Lock _lock = new();
    private readonly ScarcityLog _said;
    private readonly SeldomSaid _failures;
    private readonly AcceptWatch _watch;

    // Under the lock. No socket: it was lost, and a new one is being opened since.
    private Socket? _socket;
    private int _fd;
    private int _slot;
    private long _lostAt;
    private bool _paused;
    private bool _unbound;

    private EpollListener(EpollLoops loops, Socket socket)
    {
        _loops = loops;
        EndPoint = socket.LocalEndPoint!; // It is bound.
        _local =
            EndPoint is IPEndPoint bound && !bound.Address.Equals(IPAddress.Any) && !bound.Address.Equals(IPAddress.IPv6Any) ? bound : null;
        _said = new ScarcityLog(loops.Files, loops.Memory, loops.Time, loops.Log);
        _failures = new SeldomSaid(loops.Time);
        _watch = new AcceptWatch(EndPoint, loops.LastResort, loops.Time);
        try
        {
            lock (_lock)
                Listen(socket);
        }
        catch
        {
            _watch.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Binds and listens. Throws <see cref="AddressInUseException"/> or <see cref="SocketException"/>.</summary>
    public static EpollListener Bind(EpollLoops loops, IPEndPoint at)
    {
        var socket = Open(at);
        try
        {
            return new EpollListener(loops, socket);
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
        _watch.Asks();
        try
        {
            while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
            {
                if (_accepted.Reader.TryRead(out var connection))
                    return connection;
            }

            return null;
        }
        finally
        {
            _watch.Got();
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_unbound)
                return ValueTask.CompletedTask;
            _unbound = true;
            _watch.Dispose();
            Close();
        }

        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None);
        while (_accepted.Reader.TryRead(out var nobodys))
            await nobodys.DisposeAsync();
    }

    /// <inheritdoc/>
    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        // Level-triggered: what is left after so many is told again.
        try
        {
            for (var taken = 0; taken < MostAtOnce; taken++)
            {
                if (!TryAccept(loop, out var fd, out var peer))
                    return;
                if (fd >= 0)
                    Take(fd, peer);
            }
        }
        catch (Exception failed)
        {
            // Nothing was taken and nothing has changed; the loop tells of the same clients again.
            Failed(failed.Message, failed);
        }
    }

    /// <inheritdoc/>
    public override void OnDue(EpollLoop loop)
    {
        lock (_lock)
        {
            if (_unbound)
                return;
            if (_socket is null)
            {
                ListenAgain(loop);
                return;
            }

            if (!_paused)
                return;
            if (_loops.MayNotAccept)
            {
                loop.CallAfter(this, _pause);
                return;
            }

            _paused = false;
            if (loop.Watch(_fd, _slot, EpollEvents.In) is < 0 and var refused)
                Lost(loop, refused);
            Say(Line.Resumed);
        }
    }

    /// <inheritdoc/>
    public override void OnAbandoned(EpollLoop loop)
    {
        _accepted.Writer.TryComplete();
        if (loop.IsStopping || Volatile.Read(ref _unbound))
            return;
        _loops.LastResort.End($"Nobody listens on {EndPoint} any more.");
    }

    // .NET's socket for what happens once: it sets what a listener needs and names what goes wrong.
    private static Socket Open(IPEndPoint at)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            if (at.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(at);
            socket.Listen(Backlog);
            return socket;
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

    // False when there is nothing to take for now; true with a negative number: that connection ended in the queue, and the next one is as
    // good as ever.
    private bool TryAccept(EpollLoop loop, out int fd, out IPEndPoint? peer)
    {
        lock (_lock)
        {
            (fd, peer) = (-1, null);
            if (_unbound || _paused || _socket is null)
                return false;
            fd = _loops.MayNotAccept ? -Errno.ProcessFiles : Libc.Accept(_fd, out peer);
            if (fd >= 0)
                return true;
            if (Errno.MustWait(fd))
                return false;
            if (Errno.IsOfOneConnection(fd))
            {
                Failed(Errno.Named(-fd).ToString(), null);
                return true;
            }

            if (Errno.IsScarcity(fd))
                Pause(loop);
            else
                Lost(loop, fd);
            return false;
        }
    }

    // Whatever is thrown here is this connection's, and ends here: the listener has the next one to take.
    private void Take(int fd, IPEndPoint? peer)
    {
        EpollConnection? connection = null;
        try
        {
            connection = EpollConnection.Open(_loops, _loops.Quietest, fd, peer, _local);
            if (connection is null)
            {
                Failed("the kernel does not watch it", null);
                return;
            }

            Faults.Allocating();
            // Nobody accepts any more when the listener was unbound just now: closed, and not only ended, or its descriptor would stay.
            if (!_accepted.Writer.TryWrite(connection))
                connection.Close();
        }
        catch (Exception failed)
        {
            Drop(connection);
            Failed(failed.Message, failed);
        }
    }

    private static void Drop(EpollConnection? connection)
    {
        if (connection is null)
            return;
        try
        {
            connection.Socket.Reset();
            connection.Close();
        }
        catch (Exception)
        {
            // Going on is right: the descriptor is closed before anything there can throw.
        }
    }

    private void Say(Line line, int error = 0)
    {
        try
        {
            switch (line)
            {
                case Line.Paused:
                    _said.Paused();
                    break;
                case Line.Resumed:
                    _said.Resumed();
                    break;
                case Line.Lost:
                    _loops.Log.ListenerLost(EndPoint.ToString() ?? "", error);
                    break;
                case Line.ListensAgain:
                    _loops.Log.ListensAgain(EndPoint.ToString() ?? "");
                    break;
            }
        }
        catch (Exception)
        {
            // Going on is right: clients that wait to be taken need not wait for the log.
        }
    }

    private void Failed(string reason, Exception? exception)
    {
        try
        {
            if (_failures.Happened(out var count))
                _loops.Log.AcceptFailed(exception, count, EndPoint.ToString() ?? "", reason);
        }
        catch (Exception)
        {
            // Going on is right: the next connection need not suffer from what could not be said about this one.
        }
    }

    // The timer first, as below: without it, nothing would end the pause.
    private void Pause(EpollLoop loop)
    {
        loop.CallAfter(this, _pause);
        _paused = true;
        if (loop.Watch(_fd, _slot, 0) is < 0 and var refused)
            Lost(loop, refused);
        Say(Line.Paused);
    }

    // Shut down or closed from outside. Closed here too: as long as it is open the loop is told of it without end.
    private void Lost(EpollLoop loop, int error)
    {
        loop.CallAfter(this, _pause);
        Close();
        (_lostAt, _paused) = (loop.Now, false);
        Say(Line.Lost, -error);
    }

    private void ListenAgain(EpollLoop loop)
    {
        try
        {
            Listen(Open((IPEndPoint)EndPoint));
            Say(Line.ListensAgain);
        }
        catch (Exception failed)
        {
            if (_loops.Time.GetElapsedTime(_lostAt, loop.Now) >= _patience)
                _loops.LastResort.End(
                    $"No listening socket could be opened on {EndPoint} for {_patience.TotalSeconds:0} seconds: {failed.Message}."
                );
            loop.CallAfter(this, _pause);
        }
    }

    private void Listen(Socket socket)
    {
        var fd = (int)socket.Handle;
        var slot = -Errno.NoMemory;
        try
        {
            slot = _loops.First.Register(fd, this, second: false, EpollEvents.In);
        }
        finally
        {
            if (slot < 0)
                socket.Dispose();
        }

        if (slot < 0)
            throw new SocketException((int)Errno.Named(-slot));
        (_socket, _fd, _slot) = (socket, fd, slot);
    }

    private void Close()
    {
        if (_socket is null)
            return;
        _loops.First.Release(_slot);
        _socket.Dispose();
        _socket = null;
    }

    private enum Line
    {
        Paused,
        Resumed,
        Lost,
        ListensAgain,
    }
}

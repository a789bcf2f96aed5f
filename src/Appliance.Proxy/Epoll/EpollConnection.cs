using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A client's connection as Kestrel sees it. It is also a connection feature: a tunnel asks for it, and takes the socket away when both
/// handshakes are done. From then on nothing that Kestrel does here reaches the socket.
/// </summary>
internal sealed class EpollConnection
    : ConnectionContext,
        IConnectionIdFeature,
        IConnectionTransportFeature,
        IConnectionItemsFeature,
        IConnectionLifetimeFeature,
        IConnectionEndPointFeature,
        IDuplexPipe,
        IThreadPoolWorkItem
{
    private static long _lastId;

    private readonly CancellationTokenSource _closed = new();
    private readonly EpollSocket _socket;
    private readonly EpollReader _reader;
    private readonly EpollWriter _writer;
    private EndPoint? _local;
    private IDictionary<object, object?>? _items;
    private string? _id;
    private int _told;
    private bool _detached;

    private EpollConnection(EpollLoops loops, EpollLoop loop, int fd, IPEndPoint? peer, IPEndPoint? local)
    {
        _local = local;
        RemoteEndPoint = peer;
        Transport = this;
        var features = new FeatureCollection(8);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set(this);
        Features = features;

        Faults.Allocating();
        _socket = new EpollSocket(loops, loop, fd, TellClosed);
        _reader = new EpollReader(_socket, TellClosed, loops.Unread);
        _writer = new EpollWriter(_socket);
    }

    /// <inheritdoc/>
    public override string ConnectionId
    {
        get => _id ??= Interlocked.Increment(ref _lastId).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        set => _id = value;
    }

    /// <inheritdoc/>
    public override IFeatureCollection Features { get; }

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get; set; }

    /// <inheritdoc/>
    public override CancellationToken ConnectionClosed
    {
        get => _closed.Token;
        set => throw new NotSupportedException("The connection's end is the socket's.");
    }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint
    {
        get => _local ??= _socket.LocalAddress();
        set => _local = value;
    }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; set; }

    /// <inheritdoc/>
    PipeReader IDuplexPipe.Input => _reader;

    /// <inheritdoc/>
    PipeWriter IDuplexPipe.Output => _writer;

    /// <summary>The TLS over it, if there is any that can leave with it.</summary>
    public EpollTls? Tls { get; set; }

    /// <summary>The socket, for as long as it is not taken away.</summary>
    public EpollSocket Socket => _socket;

    /// <summary>
    /// Takes over an accepted descriptor; null when the kernel does not watch it. It is closed then, and when this throws, for lack of
    /// memory.
    /// </summary>
    public static EpollConnection? Open(EpollLoops loops, EpollLoop loop, int fd, IPEndPoint? peer, IPEndPoint? local)
    {
        EpollConnection one;
        try
        {
            one = new EpollConnection(loops, loop, fd, peer, local);
        }
        catch
        {
            Libc.Close(fd);
            throw;
        }

        // Last: from here on the loop may call.
        return one._socket.Begin() ? one : null;
    }

    /// <summary>
    /// Takes the socket away, with the bytes that were read behind the last request. Null when the connection is already closed, or broken.
    /// Nobody may be reading or writing through Kestrel.
    /// </summary>
    public (int Fd, int Slot, byte[] Unread)? Detach()
    {
        if (_socket.IsBroken)
            return null;

        // What allocates comes first: once the descriptor is out of the socket, nothing here may throw, or nobody would have it.
        var carried = _reader.TakeUnread();
        var unread = Tls is null ? carried : Tls.TakeUnread();
        var (fd, slot) = _socket.Detach();
        _detached = fd >= 0;
        if (!_detached)
            return null;
        Tls?.Enter(fd, carried);
        return (fd, slot, unread);
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _socket.Reset();
        TellClosed();
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Close();
        return base.DisposeAsync();
    }

    /// <summary>Closes it now; <see cref="DisposeAsync"/> does the same.</summary>
    internal void Close()
    {
        try
        {
            _reader.Complete();
            _writer.Complete();
        }
        finally
        {
            _socket.Dispose();
            if (!_detached)
                TellClosed();
        }
    }

    /// <summary>Runs what waits for the connection's end, on the thread pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            _closed.Cancel();
        }
        catch (Exception)
        {
            // Going on is right: what waited for this connection's end failed, each in its own way, and out of here it would end the
            // process.
        }
    }

    private void TellClosed()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}

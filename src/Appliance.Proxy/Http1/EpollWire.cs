using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Http1;

/// <summary>A connection whose socket is watched by an event loop. Hot path: no allocation a read or write.</summary>
internal sealed class EpollWire(EpollSocket socket) : Wire
{
    private bool _isWoken;
    private bool _tookNothing;

    /// <inheritdoc/>
    public override bool TookNothing => _tookNothing;

    /// <inheritdoc/>
    public override EpollLoop? Loop => socket.Loop;

    /// <inheritdoc/>
    public override int TryReceive(Memory<byte> room)
    {
        // A read that can only find nothing is not made: a system call for each answer.
        if (!_isWoken && !socket.MayHaveMore && !socket.PeerEnded && !socket.Readable.IsSignalled)
            return NothingYet;
        _isWoken = false;
        var read = socket.Receive(room.Span);
        if (read >= 0)
            return read;
        return Errno.MustWait(read) ? NothingYet : throw EpollSocket.Broken(read);
    }

    /// <inheritdoc/>
    public override ValueTask WaitReadableAsync()
    {
        // Nobody receives before the wait is over.
        _isWoken = true;
        return socket.Readable.WaitAsync();
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var sent = socket.Send(bytes.Span);
        if (sent == bytes.Length)
            return ValueTask.CompletedTask;
        _tookNothing = sent < 0 && !Errno.MustWait(sent);
        if (_tookNothing)
            return ValueTask.FromException(EpollSocket.Broken(sent));
        return socket.SendAllAsync(sent < 0 ? bytes : bytes[sent..], CancellationToken.None);
    }

    /// <inheritdoc/>
    public override bool IsQuiet()
    {
        if (socket.PeerEnded || socket.IsBroken)
            return false;
        if (!socket.MayHaveMore && !socket.Readable.IsSignalled)
            return true;
        // Told of something: bytes that were read already, or what should not be there.
        Span<byte> one = stackalloc byte[1];
        return Errno.MustWait(socket.Receive(one));
    }

    /// <inheritdoc/>
    public override void Cut() => socket.Reset();

    /// <inheritdoc/>
    public override void Dispose() => socket.Dispose();
}

using System.Buffers;
using System.Net.Sockets;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Http1;

/// <summary>
/// A connection over a stream of .NET's, where there is no event loop. Waiting reads ahead into a rented buffer, which goes back when it
/// has been taken.
/// </summary>
internal sealed class StreamWire(Stream stream, Socket socket) : Wire
{
    private const int BufferBytes = 16 * 1024;
    private byte[] _ahead = [];
    private int _start;
    private int _end;
    private bool _isOver;

    /// <inheritdoc/>
    public override EpollLoop? Loop => null;

    /// <inheritdoc/>
    public override int TryReceive(Memory<byte> room)
    {
        if (_start == _end)
            return _isOver ? 0 : NothingYet;
        var taken = Math.Min(room.Length, _end - _start);
        _ahead.AsSpan(_start, taken).CopyTo(room.Span);
        _start += taken;
        if (_start == _end)
            Return();
        return taken;
    }

    /// <inheritdoc/>
    public override async ValueTask WaitReadableAsync()
    {
        if (_start < _end || _isOver)
            return;
        var ahead = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var read = await stream.ReadAsync(ahead);
            _isOver = read == 0;
            if (read == 0)
                return;
            (_ahead, _start, _end) = (ahead, 0, read);
            ahead = [];
        }
        catch (ObjectDisposedException cut)
        {
            throw new IOException("The connection was cut.", cut);
        }
        finally
        {
            if (ahead.Length > 0)
                ArrayPool<byte>.Shared.Return(ahead);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (ObjectDisposedException cut)
        {
            throw new IOException("The connection was cut.", cut);
        }
    }

    /// <inheritdoc/>
    public override bool IsQuiet()
    {
        try
        {
            return _start == _end && !_isOver && !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Cut() => stream.Dispose();

    /// <inheritdoc/>
    public override void Dispose()
    {
        stream.Dispose();
        Return();
    }

    private void Return()
    {
        if (_ahead.Length > 0)
            ArrayPool<byte>.Shared.Return(_ahead);
        (_ahead, _start, _end) = ([], 0, 0);
    }
}

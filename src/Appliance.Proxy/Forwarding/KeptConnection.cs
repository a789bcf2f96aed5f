using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A connection to a server that is used for one request after the other: tells a connection that died while nobody used it apart from a
/// server that failed. The first request of a connection is not its business. For HTTP/1.1, where requests do not overlap. Hot path: a flag
/// at each call; what it waits for takes no memory of its own.
/// </summary>
internal sealed class KeptConnection(Stream inner) : Stream
{
    private volatile bool _hasAnswered;

    // Something was written since the last byte came: the next byte is that of an answer.
    private volatile bool _isAsked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    // HttpClient begins to read before it writes the next request: what a read means is known when it ends.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? new(Seen(read.Result, buffer.IsEmpty)) : ReadWatchedAsync(read, buffer.IsEmpty);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasAnswered ? WriteWatchedAsync(buffer, cancellationToken) : inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteWatchedAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        var isFirst = !_isAsked;
        _isAsked = true;
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException closed)
        {
            throw new StaleConnectionException(closed) { WasSent = !isFirst };
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadWatchedAsync(ValueTask<int> reading, bool intoNothing)
    {
        int read;
        try
        {
            read = await reading;
        }
        catch (IOException closed) when (_hasAnswered && _isAsked)
        {
            throw new StaleConnectionException(closed) { WasSent = true };
        }

        return Seen(read, intoNothing);
    }

    private int Seen(int read, bool intoNothing)
    {
        if (read > 0)
        {
            _hasAnswered = true;
            _isAsked = false;
        }
        else if (!intoNothing && _hasAnswered && _isAsked)
        {
            throw new StaleConnectionException(null) { WasSent = true };
        }

        return read;
    }
}

/// <summary>
/// A kept connection was closed. Not an <see cref="IOException"/>, for which HttpClient would take the next kept one, which may be closed,
/// too.
/// </summary>
internal sealed class StaleConnectionException(Exception? inner) : InvalidOperationException(Sentence, inner)
{
    /// <summary>What it says.</summary>
    public const string Sentence = "A kept connection to the server turned out to be closed.";

    /// <summary>The server may have read something of the request.</summary>
    public bool WasSent { get; init; }
}

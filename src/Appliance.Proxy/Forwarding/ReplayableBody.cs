namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A request body that remembers its beginning, so that a second server can be given the same request. It counts what the client sent.
/// Hot path: one object a request with a body; the memory for replay is taken only when it is allowed and only as much as was read.
/// </summary>
internal sealed class ReplayableBody(Stream inner, int keepBytes) : Stream
{
    private byte[] kept = [];
    private int keptLength;
    private int position;

    /// <summary>Bytes read from the client.</summary>
    public long BytesRead { get; private set; }

    /// <summary>What reading from the client threw, if it did; then no server is to blame.</summary>
    public Exception? ClientError { get; private set; }

    /// <summary>True while everything read so far is still here.</summary>
    public bool CanReplay => BytesRead == keptLength;

    /// <summary>Starts again from the first byte. Only while <see cref="CanReplay"/>.</summary>
    public void Rewind() => position = 0;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position < keptLength)
        {
            var again = Math.Min(buffer.Length, keptLength - position);
            kept.AsSpan(position, again).CopyTo(buffer.Span);
            position += again;
            return again;
        }

        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception)
        {
            ClientError = exception;
            throw;
        }

        Keep(buffer.Span[..read]);
        BytesRead += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // Once a piece did not fit, nothing is kept any more: CanReplay stays false because BytesRead runs ahead.
    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (!CanReplay || keptLength + piece.Length > keepBytes)
            return;
        if (keptLength + piece.Length > kept.Length)
            Array.Resize(ref kept, Math.Min(keepBytes, Math.Max(kept.Length * 2, keptLength + piece.Length)));
        piece.CopyTo(kept.AsSpan(keptLength));
        keptLength += piece.Length;
        position = keptLength;
    }
}

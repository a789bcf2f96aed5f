using System.IO.Pipelines;
using System.Numerics;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Counts the bytes of a response body on their way to the client. One object a request; everything else goes straight through.
/// </summary>
internal sealed class CountedResponseBody(IHttpResponseBodyFeature inner, RequestFacts request)
    : Stream,
        IHttpResponseBodyFeature,
        IBelongsToRequest
{
    private readonly Stream _stream = inner.Stream;

    /// <inheritdoc/>
    public RequestFacts Request => request;

    /// <summary>Bytes given to the server so far.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Bytes that chunks take around them, should the answer go in chunks (RFC 9112, 7.1), without the last one.</summary>
    public long ChunkBytes { get; private set; }

    /// <summary>True while the client is waited for, and when the last write was given up: the client did not take it.</summary>
    public bool EndedInAWrite { get; private set; }

    public Stream Stream => this;

    // YARP and our own pages write to the stream; what writes to the pipe directly (no code of ours) is not counted.
    public PipeWriter Writer => inner.Writer;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count(buffer.Length);
        var write = _stream.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : WrittenAsync(write);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Count(count);
        return _stream.WriteAsync(buffer, offset, count, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _stream.FlushAsync(cancellationToken);

    public override void Flush() => _stream.Flush();

    public override void Write(byte[] buffer, int offset, int count)
    {
        Count(count);
        _stream.Write(buffer, offset, count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        inner.SendFileAsync(path, offset, count, cancellationToken);

    public Task CompleteAsync() => inner.CompleteAsync();

    private void Count(int bytes)
    {
        BytesWritten += bytes;
        if (bytes > 0)
            ChunkBytes += 4 + ((BitOperations.Log2((uint)bytes) / 4) + 1);
    }

    private async ValueTask WrittenAsync(ValueTask write)
    {
        EndedInAWrite = true;
        await write;
        EndedInAWrite = false;
    }
}

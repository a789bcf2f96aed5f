using System.Buffers;
using System.IO.Pipelines;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A request's body as a stream over the HTTP server's pipe. A read that waits can be given up by
/// <see cref="PipeReader.CancelPendingRead"/>, which leaves the connection in order; a token would leave it in the middle of a read, and
/// the server would reset the client. Hot path: no allocation but one object a request with a body.
/// </summary>
internal sealed class RequestBodyStream(PipeReader body) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads, or throws <see cref="ReadGivenUpException"/>.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await body.ReadAsync(cancellationToken);
            if (result.IsCanceled)
            {
                body.AdvanceTo(result.Buffer.Start);
                throw new ReadGivenUpException();
            }

            var some = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
            var read = (int)some.Length; // at most the buffer's; behind the advance the pieces are somebody else's
            some.CopyTo(buffer.Span);
            var isOver = result.IsCompleted && result.Buffer.IsEmpty;
            body.AdvanceTo(some.End);
            if (read > 0 || isOver || buffer.IsEmpty)
                return read;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A read of the client's body was given up, because nobody needs what would come.</summary>
internal sealed class ReadGivenUpException() : InvalidOperationException("The read was given up.");

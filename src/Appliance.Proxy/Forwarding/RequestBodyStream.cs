using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A request's body as a stream over the HTTP server's pipe. A read that waits can be given up by
/// <see cref="PipeReader.CancelPendingRead"/>, which leaves the connection in order; a token would leave it in the middle of a read, and
/// the server would reset the client. Hot path: no allocation but one object a request with a body.
/// </summary>
/// <param name="body">The pipe.</param>
/// <param name="mostBytes">A longer body is 413. The HTTP server's own limit counts the framing of chunks, too.</param>
internal sealed class RequestBodyStream(PipeReader body, long mostBytes = long.MaxValue) : Stream
{
    private long _read;

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
            var result = await ReadPieceAsync(cancellationToken);
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
            _read += read;
            if (_read > mostBytes)
                throw new BadHttpRequestException("The request body is too large.", StatusCodes.Status413PayloadTooLarge);
            if (read > 0 || isOver || buffer.IsEmpty)
                return read;
        }
    }

    // The HTTP server counts a chunk in 32 bits, and takes a longer one for a connection that broke.
    private async ValueTask<ReadResult> ReadPieceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(cancellationToken);
        }
        catch (IOException broke) when (broke is not BadHttpRequestException && broke.InnerException is OverflowException)
        {
            throw new BadHttpRequestException("A chunk is longer than 2 GiB.", StatusCodes.Status400BadRequest, broke);
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

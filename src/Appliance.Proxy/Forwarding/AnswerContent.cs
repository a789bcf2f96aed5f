using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The body of a server's answer, which sends the head on before it is waited for: a browser's EventSource is open, and a gRPC client goes
/// on, when the head has come. What has come with its head leaves with it, in one write. Hot path: two objects an answer; once the head is
/// out, every call goes straight through.
/// </summary>
internal sealed class AnswerContent(HttpContent inner, HttpResponse response, ProxyExchange exchange) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new HeadFirstStream(await inner.ReadAsStreamAsync(cancellationToken), Length, response, exchange);

    // What the server said, whatever a rule makes of it. An answer to HEAD has a length and no body.
    private long? Length => HttpMethods.IsHead(response.HttpContext.Request.Method) ? null : inner.Headers.ContentLength;

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream, context);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private sealed class HeadFirstStream(Stream inner, long? announced, HttpResponse response, ProxyExchange exchange) : Stream
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

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = inner.ReadAsync(buffer, cancellationToken);
            if (!read.IsCompletedSuccessfully)
                return FlushedAsync(read, buffer.IsEmpty, cancellationToken);
            return new(Counted(read.Result, buffer.IsEmpty));
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<int> FlushedAsync(ValueTask<int> read, bool isIntoNothing, CancellationToken cancellationToken)
        {
            if (!read.IsCompleted && !response.HasStarted)
            {
                try
                {
                    await response.Body.FlushAsync(cancellationToken);
                }
                catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException)
                {
                    // The client is gone, which the read will say in its own way: it is cancelled with the request.
                }
            }

            return Counted(await read, isIntoNothing);
        }

        // HttpClient does not compare what a server of HTTP/2 announced with what it sends (RFC 9113, 8.1.1).
        private int Counted(int count, bool isIntoNothing)
        {
            _read += count;
            if (count > 0)
                exchange.Facts.Answer?.LastTry?.Received(count);
            if (announced is { } length && (_read > length || (count == 0 && !isIntoNothing && _read < length)))
                throw new IOException("The answer's body is not as long as its Content-Length.");
            exchange.AnswerIsWhole |= count == 0 && !isIntoNothing;
            return count;
        }
    }
}

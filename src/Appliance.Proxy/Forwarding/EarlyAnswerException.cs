namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The server has answered while its request was still being written. Takes the connection out of HttpClient's hands, with what has been
/// read of the answer. Not an <see cref="IOException"/>: HttpClient must not send the request again.
/// </summary>
internal sealed class EarlyAnswerException(Stream connection, byte[] begun)
    : InvalidOperationException("The server answered before it had read the request.")
{
    /// <summary>A client whose only connection is that one: it reads the answer as any other, and what it writes goes nowhere.</summary>
    public HttpMessageInvoker Client() =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ActivityHeadersPropagator = null,
                ResponseHeaderEncodingSelector = static (_, _) => System.Text.Encoding.Latin1,
                ConnectCallback = (_, _) => new(new AnswerOnly(connection, begun)),
            }
        );

    /// <summary>Nobody reads the answer.</summary>
    public void Drop() => connection.Dispose();

    private sealed class AnswerOnly(Stream connection, byte[] begun) : Stream
    {
        private Memory<byte> _left = begun;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left.IsEmpty)
                return connection.ReadAsync(buffer, cancellationToken);
            var taken = Math.Min(_left.Length, buffer.Length);
            _left[..taken].CopyTo(buffer);
            _left = _left[taken..];
            return new(taken);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

        public override void Write(byte[] buffer, int offset, int count) { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                connection.Dispose();
            base.Dispose(disposing);
        }
    }
}

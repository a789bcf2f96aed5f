using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A request's content that leaves at the pace of the client. HttpClient gathers what it writes, 4 KB at a time: a client that sends a
/// little and waits for the server would wait for what the server never saw. The body flushes before a read that has to wait, as nginx does
/// without <c>proxy_request_buffering</c>.
/// </summary>
internal sealed class PromptContent : HttpContent
{
    private static readonly AsyncLocal<ReplayableBody?> _sending = new();
    private readonly HttpContent _content;
    private readonly ReplayableBody _body;
    private readonly CancellationToken _over;
    private Task? _copied;

    /// <summary>Content that is copied from that body; <paramref name="over"/> is cancelled when the whole try is given up.</summary>
    public PromptContent(HttpContent content, ReplayableBody body, CancellationToken over)
    {
        (_content, _body, _over) = (content, body, over);
        foreach (var (name, values) in content.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>
    /// The body that the current call is writing to a connection; null when the content is not a <see cref="PromptContent"/>.
    /// </summary>
    public static ReplayableBody? Current => _sending.Value;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // HttpClient begins again only with what a server has not looked at: over HTTP/2 it says so by REFUSED_STREAM, or by a GOAWAY for
        // streams before this one (RFC 9113, 8.7). The head has gone out a second time already.
        if (_copied is not null)
        {
            await AgainAsync(stream, cancellationToken);
            return;
        }

        var copied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_copied, _body.Sending) = (copied.Task, copied.Task);
        _sending.Value = _body;
        _body.Outgoing = stream;
        var outgoing = new OutgoingStream(stream);
        try
        {
            await _content.CopyToAsync(outgoing, context, cancellationToken);

            // YARP's content keeps to itself what went wrong there, and HttpClient would know another reason, or none.
            outgoing.Failure?.Throw();
        }
        catch (HttpRequestException wrapped) when (wrapped.InnerException is IOException or ObjectDisposedException)
        {
            // Copying from outside wraps what HttpClient wants to see itself.
            ExceptionDispatchInfo.Throw(wrapped.InnerException);
        }
        finally
        {
            _body.Outgoing = null;
            _body.Connection = null;
            _body.WasGivenUp = cancellationToken.IsCancellationRequested && !_over.IsCancellationRequested;
            copied.SetResult();
        }
    }

    // YARP's content gives its body once. What is still here, and whole, is given by this one.
    private async Task AgainAsync(Stream stream, CancellationToken cancellationToken)
    {
        await _copied!; // it has begun
        if (_body.CopyWhole() is not { } whole)
            throw new StaleConnectionException(null) { WasSent = true };
        var copied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _body.Sending = copied.Task;
        try
        {
            await stream.WriteAsync(whole, cancellationToken);
        }
        finally
        {
            _body.WasGivenUp = cancellationToken.IsCancellationRequested && !_over.IsCancellationRequested;
            copied.SetResult();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }

    // Remembers why a write failed.
    private sealed class OutgoingStream(Stream inner) : Stream
    {
        public ExceptionDispatchInfo? Failure { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            WatchedAsync(inner.WriteAsync(buffer, cancellationToken));

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) =>
            WatchedAsync(new(inner.FlushAsync(cancellationToken))).AsTask();

        public override void Flush() => inner.Flush();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private ValueTask WatchedAsync(ValueTask write) => write.IsCompletedSuccessfully ? write : WaitedForAsync(write);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        private async ValueTask WaitedForAsync(ValueTask write)
        {
            try
            {
                await write;
            }
            catch (Exception failed)
            {
                Failure ??= ExceptionDispatchInfo.Capture(failed);
                throw;
            }
        }
    }
}

using System.Net.Sockets;
using System.Security.Authentication;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A connection to a server of which HttpClient must not make a second attempt by itself: when a fresh connection ends before its first byte, HttpClient would
/// send the request up to three times more, to the same server. The next server is our choice, and so is how many there are. A connection that has answered
/// before may be stale (the server closed it while it was idle), which is nobody's failure: there, HttpClient's way is right.
/// Hot path: after the first byte every call goes straight through.
/// </summary>
internal sealed class FirstAnswerStream(Stream inner, Func<string?> refusal) : Stream
{
    private bool answered;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        answered ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        answered ? inner.WriteAsync(buffer, cancellationToken) : WriteFirstAsync(buffer, cancellationToken);

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

    // A refusal may be noticed by whoever writes; over HTTP/2 the reader has then disposed of the stream already.
    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or ObjectDisposedException && refusal() is { } why)
        {
            throw new NoAnswerException(why, exception) { IsRefusal = true };
        }
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or ObjectDisposedException && refusal() is { } why)
        {
            throw new NoAnswerException(why, exception) { IsRefusal = true };
        }
        catch (IOException exception) when (exception.InnerException is SocketException)
        {
            throw new NoAnswerException("The server reset the connection before it answered.", exception);
        }

        // A read into nothing only waits for something to come.
        if (read == 0 && !buffer.IsEmpty && refusal() is { } reason)
            throw new NoAnswerException(reason, null) { IsRefusal = true };
        if (read == 0 && !buffer.IsEmpty)
            throw new NoAnswerException("The server closed the connection before it answered.", null);
        answered = read > 0;
        return read;
    }
}

/// <summary>The server ended a fresh connection without a byte. Not an <see cref="IOException"/>, for which HttpClient would send the request again.</summary>
internal sealed class NoAnswerException(string message, Exception? inner) : InvalidOperationException(message, inner)
{
    /// <summary>The server refused the connection for what was shown to it, and read no request.</summary>
    public bool IsRefusal { get; init; }
}

using System.Net.Sockets;
using System.Security.Authentication;
using Appliance.Proxy.Dialing;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A connection to a server that keeps HttpClient from making a second attempt without being asked. When a fresh connection ends before its
/// first byte, HttpClient would send the request up to three times more, to the same server. But we choose the next server, and how many
/// tries there are. A connection that has answered before may be stale, because the server closed it while it was idle. That is nobody's
/// failure, and HttpClient may then try again.
/// </summary>
internal sealed class FirstAnswerStream(Stream inner, Func<string?> refusal) : OpeningStream(inner)
{
    // Let go with the first answer: it knows the request that opened the connection, and the connection may stay for hours.
    private Func<string?>? _refusal = refusal;

    // A refusal may be noticed by the writer; over HTTP/2 the reader has then disposed of the stream already.
    protected override async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        var ask = _refusal;
        try
        {
            await Inner.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception exception)
            when (exception is IOException or AuthenticationException or ObjectDisposedException && ask?.Invoke() is { } why)
        {
            throw new NoAnswerException(why, exception) { IsRefusal = true };
        }
    }

    protected override async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        var ask = _refusal;
        try
        {
            read = await Inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception)
            when (exception is IOException or AuthenticationException or ObjectDisposedException && ask?.Invoke() is { } why)
        {
            throw new NoAnswerException(why, exception) { IsRefusal = true };
        }
        catch (IOException exception) when (exception.InnerException is SocketException)
        {
            throw new NoAnswerException("The server reset the connection before it answered.", exception);
        }

        // A read into nothing only waits for something to come.
        if (read == 0 && !buffer.IsEmpty && ask?.Invoke() is { } reason)
            throw new NoAnswerException(reason, null) { IsRefusal = true };
        if (read == 0 && !buffer.IsEmpty)
            throw new NoAnswerException("The server closed the connection before it answered.", null);
        if (read > 0)
        {
            IsOpen = true;
            _refusal = null;
        }

        return read;
    }
}

/// <summary>
/// The server ended a fresh connection without a byte. Not an <see cref="IOException"/>, for which HttpClient would send the request again.
/// </summary>
internal sealed class NoAnswerException(string message, Exception? inner) : InvalidOperationException(message, inner)
{
    /// <summary>The server refused the connection for what was shown to it, and read no request.</summary>
    public bool IsRefusal { get; init; }
}

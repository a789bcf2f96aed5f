using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A connection to a server that listens while a request is still being written. HttpClient writes a body to its end before it reads: a
/// server that has read enough (413, 401, 302, 503) and closes would only break the write, and what it said would be lost. Here the answer
/// is noticed, the rest of the request is given up by an <see cref="EarlyAnswerException"/>, which takes the connection along. For
/// HTTP/1.1, where requests do not overlap. Hot path: a lock for each read and write, a read of its own only for a body on a fresh
/// connection.
/// </summary>
internal sealed class ListeningConnection(Stream inner) : Stream
{
    private const int FirstReadBytes = 4096;

    private readonly Lock _gate = new();

    // What came behind a request and HttpClient has not looked at. Until it reads again, its buffer is left alone.
    private Memory<byte> _came;
    private bool _isOver;

    // Writes since HttpClient took the last answer: the first one is a head, the others are its body.
    private int _writes;
    private bool _isReading;

    // The body that waits for its client.
    private ReplayableBody? _waiting;
    private TaskCompletionSource? _arrived;
    private EarlyAnswerException? _early;

    // Our own read.
    private byte[]? _own;
    private Task? _listening;
    private ExceptionDispatchInfo? _fault;

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
        lock (_gate)
        {
            if (_listening is not null)
                return buffer.IsEmpty ? new(Heard(_listening)) : HeardAsync(buffer, _listening);
            if (!_came.IsEmpty)
                (_came, _writes, _arrived) = (default, 0, null);
            _isReading = true;
        }

        return ReadOnAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_early is null && IsFinal(_came.Span))
                _early = Leave();
            if (_early is not null)
                return ValueTask.FromException(_early);
            if (_writes++ > 0 && !_isReading && _came.IsEmpty && !_isOver)
                _listening ??= ListenAsync();
        }

        if (PromptContent.Current is { } body)
            body.Connection = this;
        var write = inner.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : WrittenAsync(write);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The body that is written here waits for its client: an answer that comes meanwhile ends the waiting.</summary>
    public void ListenFor(ReplayableBody body)
    {
        lock (_gate)
        {
            _waiting = body;
            if (!_isReading && _came.IsEmpty && !_isOver)
                _listening ??= ListenAsync();
        }

        Tell();
    }

    /// <summary>It waits no more.</summary>
    public void Went(ReplayableBody body)
    {
        lock (_gate)
        {
            if (_waiting == body)
                _waiting = null;
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous writes.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // What an early answer has taken along is closed with it.
        if (disposing && _early is null)
            inner.Dispose();
        base.Dispose(disposing);
    }

    // A server that goes on reading may stream its answer meanwhile: only what says no, or leads elsewhere, ends a request early.
    private static bool IsFinal(ReadOnlySpan<byte> head) =>
        head.Length >= 12 && head.StartsWith("HTTP/1."u8) && head[9] is >= (byte)'3' and <= (byte)'5';

    private EarlyAnswerException Leave() => new(inner, _came.ToArray());

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = 0;
        try
        {
            return read = await inner.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            Arrived(buffer[..read], isOver: read == 0 && !buffer.IsEmpty);
        }
    }

    private async Task ListenAsync()
    {
        // Not under the caller's lock.
        await Task.Yield();
        var read = 0;
        try
        {
            read = await inner.ReadAsync(_own ??= new byte[FirstReadBytes]);
        }
        catch (Exception exception)
        {
            // HttpClient is told when it asks.
            _fault = ExceptionDispatchInfo.Capture(exception);
        }

        Arrived(_own.AsMemory(0, read), isOver: read == 0);
    }

    private void Arrived(Memory<byte> bytes, bool isOver)
    {
        lock (_gate)
        {
            _isReading = false;
            _isOver |= isOver;
            if (_writes > 0)
                _came = bytes;
            _arrived?.TrySetResult();
        }

        Tell();
    }

    // Nobody writes: the body waits for its client, who waits for this answer.
    private void Tell()
    {
        PipeReader? read;
        lock (_gate)
        {
            if (_waiting is not { } body || !IsFinal(_came.Span) || (read = body.GiveUp(_early ?? Leave())) is null)
                return;
            _early ??= (EarlyAnswerException)body.Early!; // it has just been set
            _waiting = null;
        }

        read.CancelPendingRead();
    }

    private static async Task<int> Heard(Task listening)
    {
        await listening;
        return 0;
    }

    private async ValueTask<int> HeardAsync(Memory<byte> buffer, Task begun)
    {
        await begun;
        _fault?.Throw();
        lock (_gate)
        {
            var taken = Math.Min(_came.Length, buffer.Length);
            _came[..taken].CopyTo(buffer);
            _came = _came[taken..];
            if (_came.IsEmpty)
                (_listening, _writes, _arrived) = (null, 0, null);
            return taken;
        }
    }

    private async ValueTask WrittenAsync(ValueTask write)
    {
        var sent = write.AsTask();
        if (!sent.IsCompleted)
        {
            await Task.WhenAny(sent, ArrivedAsync());
            if (!sent.IsCompleted && TakeEarly(anyStatus: false) is { } answered)
            {
                // It ends with the connection.
                _ = sent.ContinueWith(static task => task.Exception, TaskScheduler.Default);
                throw answered;
            }
        }

        try
        {
            await sent;
        }
        catch (IOException)
        {
            // The server is gone; what it said before counts.
            await ArrivedAsync();
            if (TakeEarly(anyStatus: true) is { } answered)
                throw answered;
            throw;
        }
    }

    private EarlyAnswerException? TakeEarly(bool anyStatus)
    {
        lock (_gate)
        {
            if (_early is null && (anyStatus ? !_came.IsEmpty : IsFinal(_came.Span)))
                _early = Leave();
            return _early;
        }
    }

    // When something has come, or nothing will.
    private Task ArrivedAsync()
    {
        lock (_gate)
        {
            if (!_came.IsEmpty || _isOver || _fault is not null)
                return Task.CompletedTask;
            if (!_isReading)
                _listening ??= ListenAsync();
            return (_arrived ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}

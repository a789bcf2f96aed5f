using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Http1;

/// <summary>Why a connection to a server was ended from outside, while a request was on it.</summary>
internal enum CutCause
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The server sent nothing, and took nothing, for as long as the route waits.</summary>
    Time,

    /// <summary>The client did not send what it announced for as long as the route waits.</summary>
    SlowSender,

    /// <summary>The client did not take what it was sent for as long as the route waits.</summary>
    SlowReader,

    /// <summary>The client went away.</summary>
    Client,

    /// <summary>The proxy is done with it: it stops, or nobody needs the rest.</summary>
    Done,
}

/// <summary>
/// One connection to a server, which carries one request after the other (RFC 9112, 9.3). While nothing uses it, it holds no buffer.
/// </summary>
/// <param name="wire">Its bytes.</param>
/// <param name="server">The server at its other end.</param>
/// <param name="all">Where it is listed.</param>
/// <param name="bornAt">When it was opened, as a timestamp.</param>
/// <param name="tls">The settings by which its TLS was made; null for one without TLS.</param>
internal sealed class Http1Connection(Wire wire, ServerState server, Http1Connections all, long bornAt, UpstreamTls? tls) : IDisposable
{
    /// <summary>The longest head of an answer.</summary>
    public const int MostHeadBytes = 64 * 1024;

    /// <summary>The buffer that every connection in use may have.</summary>
    public const int FirstBytes = 4 * 1024;

    /// <summary>The most bytes that one read takes.</summary>
    public const int MostAtOnce = 64 * 1024;

    private const string NoMemory = "There is no memory left for the head of the server's answer.";

    // Nothing is waited for.
    private const long Never = long.MaxValue;

    private readonly KnownLines _known = new();
    private AnswerReader? _answers;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _dueAt = Never;
    private int _cut;
    private int _isDisposed;

    /// <summary>Its bytes.</summary>
    public Wire Wire => wire;

    /// <summary>The server at its other end.</summary>
    public ServerState Server => server;

    /// <summary>The settings by which its TLS was made; null for one without TLS.</summary>
    public UpstreamTls? Tls => tls;

    /// <summary>When it was opened, as a timestamp.</summary>
    public long BornAt => bornAt;

    /// <summary>Since when nothing uses it, as a timestamp.</summary>
    public long IdleSince { get; set; }

    /// <summary>How many answers came whole over it.</summary>
    public long Answers { get; set; }

    /// <summary>Its place in the list of all.</summary>
    public int Place { get; set; } = -1;

    /// <summary>The request that is on it; null while nothing uses it.</summary>
    public HttpContext? Request { get; set; }

    /// <summary>Where the bytes of the request that is on it are counted; null: nowhere.</summary>
    public UpstreamTry? Tally { get; set; }

    /// <summary>Set while the client is waited for, which does not take what it is sent.</summary>
    public volatile bool WritesToClient;

    /// <summary>Set while the client is waited for, which does not send what it announced.</summary>
    public volatile bool WaitsForBody;

    /// <summary>Why it was ended from outside.</summary>
    public CutCause CutBy => (CutCause)Volatile.Read(ref _cut);

    /// <summary>True when bytes were received that nobody has taken.</summary>
    public bool HasUnread => _start < _end;

    /// <summary>Bytes that were received and not taken yet.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    /// <summary>From now on nothing may stand still for longer than this, until <see cref="WaitNoMore"/>.</summary>
    public void WaitAtMost(TimeSpan time) => Volatile.Write(ref _dueAt, all.Due(time));

    /// <summary>Nothing is waited for any more.</summary>
    public void WaitNoMore() => Volatile.Write(ref _dueAt, Never);

    /// <summary>Called now and then: ends it when something has stood still for too long.</summary>
    public void Look(long now)
    {
        if (Volatile.Read(ref _dueAt) > now)
            return;
        // A write to a client that does not read ends with the client's connection alone.
        var request = WritesToClient ? Request : null;
        var cause =
            request is not null ? CutCause.SlowReader
            : WaitsForBody ? CutCause.SlowSender
            : CutCause.Time;
        if (Cut(cause))
            request?.Abort();
    }

    /// <summary>Ends it from outside; the first cause counts. True for that one. Any thread.</summary>
    public bool Cut(CutCause cause)
    {
        if (Interlocked.CompareExchange(ref _cut, (int)cause, (int)CutCause.None) != (int)CutCause.None)
            return false;
        wire.Cut();
        return true;
    }

    /// <summary>
    /// Receives more behind what is unread: how much, 0 at the end. Throws <see cref="IOException"/> when the connection broke or was cut.
    /// </summary>
    /// <param name="wanted">The buffer that fits, in bytes.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(int wanted)
    {
        while (true)
        {
            if (TryReceive(wanted) is >= 0 and var read)
                return read;
            Return();
            await wire.WaitReadableAsync();
        }
    }

    /// <summary>As <see cref="ReceiveAsync"/>, without waiting: <see cref="Wire.NothingYet"/> when nothing has come.</summary>
    public int TryReceive(int wanted)
    {
        if (CutBy != CutCause.None)
            throw new IOException("The connection was ended from here.");
        MakeRoom(wanted);
        var read = wire.TryReceive(_buffer.AsMemory(_end));
        if (read > 0)
        {
            _end += read;
            Tally?.Received(read);
        }

        return read;
    }

    /// <summary>Sends all of it, and counts what has left. Throws <see cref="IOException"/> when the connection broke.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var sending = wire.SendAsync(bytes);
        if (!sending.IsCompletedSuccessfully)
            return CountAsync(sending, bytes.Length);
        Tally?.Sent(bytes.Length);
        return sending;
    }

    /// <summary>Takes bytes from the front of what is unread.</summary>
    public void Take(int bytes)
    {
        _start += bytes;
        if (_start == _end)
            (_start, _end) = (0, 0);
    }

    /// <summary>
    /// Reads the head of the next answer, interim ones too. Null when the connection ended before its first byte;
    /// <see cref="AnswerFaultException"/> when what came is no head.
    /// </summary>
    /// <param name="patience">How long nothing may come.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamHead?> ReadHeadAsync(TimeSpan patience)
    {
        _answers ??= new(_known);
        _answers.BeginAgain();
        while (true)
        {
            if (_end > _start)
            {
                var length = _answers.Read(_buffer.AsSpan(_start, _end - _start));
                if (_answers.Fault is { } fault)
                    throw new AnswerFaultException($"The server's answer {fault}.");
                if (length > 0)
                {
                    var head = _answers.Head(default);
                    Take(length);
                    return head;
                }

                if (_end - _start >= MostHeadBytes)
                    throw new AnswerFaultException($"The head of the server's answer is longer than {MostHeadBytes >> 10} KiB.");
            }

            if (await ReceiveAsync(FirstBytes) == 0)
                return _end == _start ? null : throw new AnswerFaultException("The server closed the connection in the middle of a head.");
            WaitAtMost(patience);
        }
    }

    /// <summary>Gives the buffer back, when there is nothing in it.</summary>
    public void Return()
    {
        if (HasUnread || _buffer.Length == 0)
            return;
        all.Give(_buffer);
        _buffer = [];
        (_start, _end) = (0, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        all.Forget(this);
        wire.Dispose();
        (_start, _end) = (0, 0);
        Return();
    }

    private async ValueTask CountAsync(ValueTask sending, int bytes)
    {
        await sending;
        Tally?.Sent(bytes);
    }

    private void MakeRoom(int wanted)
    {
        // 1. Nothing is in it: a small one gives way to the one that is wanted, if there is memory for it.
        if (_start == _end && _buffer.Length < Math.Min(wanted, MostAtOnce))
        {
            (_start, _end) = (0, 0);
            if (all.TryRent(Math.Min(wanted, MostAtOnce)) is not { } fitting)
                fitting = _buffer.Length > 0 ? _buffer : all.TryRent(FirstBytes)!; // so much is never refused
            if (fitting != _buffer && _buffer.Length > 0)
                all.Give(_buffer);
            _buffer = fitting;
            return;
        }

        if (_end < _buffer.Length)
            return;

        // 2. It is full: what is unread moves to the front, or into a larger one.
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            return;
        }

        var larger = all.TryRent(_buffer.Length * 2) ?? throw new AnswerFaultException(NoMemory) { IsOurs = true };
        _buffer.CopyTo(larger, 0);
        all.Give(_buffer);
        _buffer = larger;
    }
}

/// <summary>What a server sent is not an answer of HTTP/1.</summary>
internal sealed class AnswerFaultException(string message) : Exception(message)
{
    /// <summary>The server is not to blame.</summary>
    public bool IsOurs { get; init; }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// A client's TLS: the server's pipes over it while HTTP is spoken, and a pair of plain calls once a tunnel has it (<see cref="Enter"/>).
/// An idle tunnel holds no buffer: it waits by a read of nothing, and what has come is opened when it is wanted. The records are .NET's
/// business, as everywhere.
/// </summary>
internal sealed class EpollTls : IDuplexPipe
{
    // .NET does not say what was wrong with a record; any number that is no error of the socket will do.
    private const int BadRecord = -71;

    // The longest record (RFC 8446, 5.1).
    private const int RecordBytes = 16 * 1024;

    private readonly SslStream _tls;
    private readonly CipherStream _cipher;
    private ValueTask<int> _wait;
    private bool _waiting;
    private bool _saidGoodbye;

    /// <summary>Over a handshake that is done.</summary>
    public EpollTls(SslStream tls, CipherStream cipher)
    {
        (_tls, _cipher) = (tls, cipher);
        Input = PipeReader.Create(tls, new StreamPipeReaderOptions(bufferSize: RecordBytes, leaveOpen: true, useZeroByteReads: true));
        Output = new TlsWriter(tls, cipher);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>How many bytes, as they go over the wire, the socket has not taken yet.</summary>
    public int HeldBytes => _cipher.HeldBytes;

    /// <summary>True once a tunnel has it.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>
    /// What was read behind the last request, opened. Nobody may be reading or writing by the pipes; <see cref="Enter"/> follows.
    /// </summary>
    public byte[] TakeUnread()
    {
        Faults.Allocating();
        byte[] unread = [];
        if (Input.TryRead(out var result))
        {
            unread = result.Buffer.ToArray();
            Input.AdvanceTo(result.Buffer.End);
        }

        return unread;
    }

    /// <summary>
    /// Takes it for a tunnel on this loop, with what was read and is still enciphered. Never throws: the descriptor is in nobody else's
    /// hands.
    /// </summary>
    public void Enter(int fd, byte[] unreadCipher)
    {
        IsTaken = true;
        _cipher.Enter(fd, unreadCipher);
    }

    /// <summary>The socket has something, or may have.</summary>
    public void Wake(bool drain) => _cipher.Wake(drain);

    /// <summary>
    /// Reads what is there: how much, 0 at the end, or a negated errno. It is empty only when it says that one must wait.
    /// </summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "One read waits at a time, and its result is taken once.")]
    public int Receive(Memory<byte> room)
    {
        try
        {
            Faults.Enciphering(FaultPoint.TlsRead);

            // 1. A read of nothing ends when a record was opened, or at the end.
            if (!_waiting)
                _wait = _tls.ReadAsync(Memory<byte>.Empty);
            _waiting = !_wait.IsCompleted;
            if (_waiting)
                return -Errno.WouldBlock;
            _wait.GetAwaiter().GetResult();

            // 2. So that this one finds something, and never leaves the loop's room with somebody who waits.
            var read = _tls.ReadAsync(room);
            return read.IsCompleted ? read.GetAwaiter().GetResult() : BadRecord;
        }
        catch (Exception broken)
            when (broken is IOException or AuthenticationException or CryptographicException or InvalidOperationException)
        {
            return _cipher.ReadFailure == 0 ? BadRecord : _cipher.ReadFailure;
        }
    }

    /// <summary>
    /// Sends all of it; what the socket does not take is held. How much, or a negated errno when the connection is broken.
    /// </summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Faults.Enciphering(FaultPoint.TlsWrite);
            _tls.Write(bytes);
        }
        catch (Exception broken)
            when (broken is IOException or AuthenticationException or CryptographicException or InvalidOperationException)
        {
            return _cipher.WriteFailure == 0 ? BadRecord : _cipher.WriteFailure;
        }

        // What is held already goes first, when the socket says so.
        return _cipher.SendHeld() is < 0 and var failure ? failure : bytes.Length;
    }

    /// <summary>Sends what was held; a negated errno when the connection is broken.</summary>
    public int SendHeld() => _cipher.SendHeld();

    /// <summary>Says in TLS's own way that no more will come (RFC 8446, 6.1), once.</summary>
    public void SayGoodbye()
    {
        if (_saidGoodbye)
            return;
        _saidGoodbye = true;
        try
        {
            // Written into what is gathered: it is done when it returns.
            _ = _tls.ShutdownAsync();
            _cipher.SendHeld();
        }
        catch (Exception)
        {
            // It is gone both ways already: .NET says so with exceptions of OpenSSL's own, too. Whoever closes has a socket to give back,
            // whatever was thrown here.
        }
    }

    /// <summary>
    /// Frees what it has beside the socket, before that is closed. Never throws. A read that waits is ended first, and not left to what
    /// .NET does with one whose stream was disposed.
    /// </summary>
    public void Free()
    {
        try
        {
            _cipher.End();
            if (_waiting)
                _wait.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // The end of that read, which is what was wanted.
        }

        _waiting = false;
        try
        {
            _tls.Dispose();
        }
        catch (Exception)
        {
            // Going on is right: the caller has a socket to give back, and what TLS still holds is the collector's.
        }
    }
}

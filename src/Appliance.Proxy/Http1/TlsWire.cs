using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Http1;

/// <summary>
/// A connection under TLS: on an event loop, where what has come is opened in place, or over a stream of .NET's. It waits by a read of
/// nothing, which ends when a record with data was opened or the connection ended; tickets and new keys are .NET's business, and wake
/// nobody. Hot path: no allocation a read or write but .NET's own.
/// </summary>
internal sealed class TlsWire(ServerTlsStream tls) : Wire
{
    private readonly EpollSocket? _socket = tls.OnLoop?.Socket;
    private ValueTask<int> _wait;
    private bool _waits;
    private bool _hasOpened;
    private bool _tookNothing;
    private volatile bool _isCut;

    /// <inheritdoc/>
    public override EpollLoop? Loop => _socket?.Loop;

    /// <inheritdoc/>
    public override bool TookNothing => _tookNothing;

    /// <inheritdoc/>
    public override bool WasCutShort => tls.WasCutShort;

    /// <inheritdoc/>
    public override string? Refused() => tls.Refusal;

    /// <inheritdoc/>
    [SuppressMessage("Reliability", "CA2012", Justification = "One read waits at a time, and its result is taken once.")]
    public override int TryReceive(Memory<byte> room)
    {
        try
        {
            // 1. A read of nothing ends when there is something to take.
            if (!_hasOpened && !HasCome())
                return NothingYet;

            // 2. So that this one never waits.
            _hasOpened = false;
            var read = tls.ReadAsync(room);
            return read.IsCompleted ? read.GetAwaiter().GetResult() : throw new IOException("TLS waits where it should not.");
        }
        catch (Exception broken) when (IsOfTheConnection(broken))
        {
            throw Broken(broken);
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitReadableAsync()
    {
        if (_hasOpened)
            return;
        try
        {
            Wait();
            try
            {
                await _wait;
            }
            finally
            {
                (_wait, _waits) = (default, false);
            }
        }
        catch (Exception broken) when (IsOfTheConnection(broken))
        {
            throw Broken(broken);
        }

        _hasOpened = true;
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var taken = tls.OnLoop?.Taken ?? 0;
        ValueTask sending;
        try
        {
            sending = tls.WriteAsync(bytes);
        }
        catch (Exception broken) when (IsOfTheConnection(broken))
        {
            return ValueTask.FromException(Failed(broken, taken));
        }

        return sending.IsCompletedSuccessfully ? ValueTask.CompletedTask : SentAsync(sending, taken);
    }

    /// <inheritdoc/>
    public override bool IsQuiet()
    {
        try
        {
            return !_isCut && !_hasOpened && !HasCome();
        }
        catch (Exception broken) when (IsOfTheConnection(broken))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Cut()
    {
        _isCut = true;
        if (_socket is not null)
            _socket.Reset();
        else
            tls.Socket?.Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            if (!_isCut && !_hasOpened)
                SayGoodbye();
        }
        catch (Exception)
        {
            // It is gone already. Going on is right: there is a socket to give back, whatever was thrown here.
        }

        // The read that waits ends with the socket. TLS is freed behind it: not while it still opens what has come.
        if (_socket is not null)
            _socket.Dispose();
        else
            tls.Socket?.Dispose();
        _ = FreeAsync();
    }

    // In TLS's own way (RFC 8446, 6.1), on the event loop alone: elsewhere a read that waits cannot be ended without the socket.
    private void SayGoodbye()
    {
        if (tls.OnLoop is not { } stream || tls.WasCutShort)
            return;
        stream.StopReading();
        if (!_waits || _wait.IsCompleted)
            _ = GoodbyeAsync();
    }

    private async Task GoodbyeAsync()
    {
        try
        {
            // What the system does not take now is not sent: the socket is closed behind this.
            await tls.ShutdownAsync();
        }
        catch (Exception)
        {
            // It is gone already.
        }
    }

    private async Task FreeAsync()
    {
        try
        {
            if (_waits)
                await _wait;
        }
        catch (Exception)
        {
            // The end of that read, which is what was wanted.
        }

        _waits = false;
        try
        {
            await tls.DisposeAsync();
        }
        catch (Exception)
        {
            // Going on is right: the socket is closed, and what TLS still holds is the collector's.
        }
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "One read waits at a time, and its result is taken once.")]
    private void Wait()
    {
        if (!_waits)
            (_wait, _waits) = (tls.ReadAsync(Memory<byte>.Empty), true);
    }

    // True when a record with data was opened, or the end was read. Throws when the connection broke.
    private bool HasCome()
    {
        Wait();
        if (!_wait.IsCompleted)
            return false;
        _waits = false;
        _wait.GetAwaiter().GetResult();
        return _hasOpened = true;
    }

    private async ValueTask SentAsync(ValueTask sending, long taken)
    {
        try
        {
            await sending;
        }
        catch (Exception broken) when (IsOfTheConnection(broken))
        {
            throw Failed(broken, taken);
        }
    }

    private IOException Failed(Exception broken, long taken)
    {
        _tookNothing = tls.OnLoop is { } stream && stream.Taken == taken;
        return Broken(broken);
    }

    private static bool IsOfTheConnection(Exception broken) =>
        broken is IOException or AuthenticationException or CryptographicException or InvalidOperationException;

    private static IOException Broken(Exception broken) => broken as IOException ?? new("The connection broke.", broken);
}

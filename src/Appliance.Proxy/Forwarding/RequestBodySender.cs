using System.Buffers;
using System.Globalization;
using System.Text;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Http1;

namespace Appliance.Proxy.Forwarding;

/// <summary>How sending a request ended.</summary>
internal enum SendEnd
{
    /// <summary>All of it has left.</summary>
    Sent,

    /// <summary>Nobody needs the rest: the server has answered.</summary>
    Stopped,

    /// <summary>The connection to the server broke before anything of the request had left.</summary>
    BrokeUnsent,

    /// <summary>The connection to the server broke.</summary>
    Broke,

    /// <summary>The client's body broke, or cannot be accepted.</summary>
    ClientFailed,
}

/// <summary>
/// Sends one request: the head, and the body as it comes from the client. It runs beside the reading of the answer, which may come before
/// the body has gone. Whatever it is told, it ends: a body that waits for its client is given up, a write ends with its connection.
/// </summary>
/// <param name="connection">Where to.</param>
/// <param name="head">The head, with room behind it; given back when it has left.</param>
/// <param name="headLength">Its length in bytes.</param>
/// <param name="body">The body.</param>
/// <param name="framing">How the body goes.</param>
/// <param name="patience">How long nothing may move.</param>
internal sealed class RequestBodySender(
    Http1Connection connection,
    byte[] head,
    int headLength,
    ReplayableBody body,
    BodyFraming framing,
    TimeSpan patience
)
{
    /// <summary>The room for the first piece of a body behind the head, its framing included.</summary>
    public const int RoomBehindHead = 4 * 1024;

    // A chunk's length, and the line ends around it.
    private const int ChunkHeadBytes = 8;
    private const int ChunkTailBytes = 2;
    private const int PieceBytes = 16 * 1024;

    // Pieces that one connection carries in a row.
    private const int MostInOneTurn = 16;

    private readonly Lock _gate = new();
    private bool _isStopped;
    private bool _isWaiting;
    private SendEnd? _end;

    /// <summary>Why it failed, when it did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>How it ended; null: it has not ended yet.</summary>
    public SendEnd? End
    {
        get
        {
            lock (_gate)
                return _end;
        }
    }

    /// <summary>The rest of the body is not needed. Any thread.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            body.IsGivenUp = true;
            if (!_isWaiting)
                return;
        }

        body.Client?.CancelPendingRead();
    }

    /// <summary>Sends, and never throws: <see cref="End"/> says what became of it.</summary>
    public async Task SendAsync()
    {
        var end = await EndAsync();
        lock (_gate)
            _end = end;
    }

    private async Task<SendEnd> EndAsync()
    {
        var hasSent = false;
        try
        {
            // 1. The head, with the beginning of the body where that is here already: one segment for a small request.
            var begun = headLength;
            var reading = body.ReadAsync(RoomIn(head, headLength));
            int read;
            if (reading.IsCompletedSuccessfully)
            {
                (read, begun) = (reading.Result, 0);
            }
            else
            {
                // 2. It comes later: the server may have an answer without it.
                var waited = WaitedAsync(reading);
                try
                {
                    await connection.SendAsync(head.AsMemory(0, headLength));
                    hasSent = true;
                    connection.WaitAtMost(patience);
                }
                catch
                {
                    Stop();
                    await waited;
                    throw;
                }

                read = await waited;
            }

            // 3. The rest.
            if (read < 0)
                return SendEnd.Stopped;
            connection.WaitAtMost(patience);
            var end = Frame(head, headLength, read);
            if (end > begun)
                await connection.SendAsync(head.AsMemory(begun, end - begun));
            hasSent = true;
            return read == 0 ? SendEnd.Sent : await SendRestAsync();
        }
        catch (IOException broke) when (body.ClientError is null)
        {
            Failure = broke;
            return !hasSent && connection.Wire.TookNothing ? SendEnd.BrokeUnsent : SendEnd.Broke;
        }
        catch (Exception failed)
        {
            // The answer to half a request is not waited for.
            Failure = failed;
            connection.Cut(CutCause.Done);
            return SendEnd.ClientFailed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    private async Task<SendEnd> SendRestAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        var inOneTurn = 0;
        try
        {
            while (true)
            {
                // Others of this event loop have their turn, too.
                if (++inOneTurn % MostInOneTurn == 0)
                    await LoopThread.LeaveAsync();
                var read = await WaitedAsync(body.ReadAsync(RoomIn(buffer, 0)));
                if (read < 0)
                    return SendEnd.Stopped;
                connection.WaitAtMost(patience);
                var length = Frame(buffer, 0, read);
                if (length > 0)
                    await connection.SendAsync(buffer.AsMemory(0, length));
                connection.WaitAtMost(patience);
                if (read == 0)
                    return SendEnd.Sent;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // What was read; -1 when nobody needs it any more.
    private async Task<int> WaitedAsync(ValueTask<int> reading)
    {
        if (reading.IsCompletedSuccessfully)
            return IsStopped ? -1 : reading.Result;
        bool isLate;
        lock (_gate)
            (_isWaiting, isLate) = (true, _isStopped);
        connection.WaitsForBody = true;
        try
        {
            // Who stopped it before this found nobody to wake.
            if (isLate)
                body.Client?.CancelPendingRead();
            var read = await reading;
            return IsStopped ? -1 : read;
        }
        catch (ReadGivenUpException) when (IsStopped)
        {
            return -1;
        }
        finally
        {
            connection.WaitsForBody = false;
            lock (_gate)
                _isWaiting = false;
        }
    }

    private bool IsStopped
    {
        get
        {
            lock (_gate)
                return _isStopped;
        }
    }

    private Memory<byte> RoomIn(byte[] buffer, int at) =>
        framing == BodyFraming.Chunked ? buffer.AsMemory((at + ChunkHeadBytes)..^ChunkTailBytes) : buffer.AsMemory(at);

    // Puts the frame around a piece that was read into RoomIn; the length of what is to be sent, with what stands before it.
    private int Frame(byte[] buffer, int at, int read)
    {
        if (framing != BodyFraming.Chunked)
            return at + read;
        if (read == 0)
        {
            "0\r\n\r\n"u8.CopyTo(buffer.AsSpan(at));
            return at + 5;
        }

        // The length in as many digits as there is room for: nothing has to move.
        Span<char> digits = stackalloc char[ChunkHeadBytes - 2];
        read.TryFormat(digits, out _, "x6", CultureInfo.InvariantCulture);
        Encoding.ASCII.GetBytes(digits, buffer.AsSpan(at));
        "\r\n"u8.CopyTo(buffer.AsSpan(at + ChunkHeadBytes - 2));
        "\r\n"u8.CopyTo(buffer.AsSpan(at + ChunkHeadBytes + read));
        return at + ChunkHeadBytes + read + ChunkTailBytes;
    }
}

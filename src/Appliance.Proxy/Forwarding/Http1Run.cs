using System.Buffers;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Http1;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// One request and its answer over one connection to a server. The request is sent while the answer is read: a server may answer before it
/// has read all, and may go on reading while it answers.
/// </summary>
/// <param name="connections">Where the connection goes afterwards.</param>
/// <param name="connection">The connection.</param>
/// <param name="isKept">It has carried a request before.</param>
/// <param name="context">The client's request, and its response.</param>
/// <param name="exchange">What is sent, and by which rules.</param>
/// <param name="interims">Hands interim answers on.</param>
/// <param name="gone">The client went away.</param>
internal sealed class Http1Run(
    Http1Connections connections,
    Http1Connection connection,
    bool isKept,
    HttpContext context,
    ProxyExchange exchange,
    InterimAnswers interims,
    CancellationToken gone
)
{
    // RFC 9113, 7.
    private const int InternalError = 0x2;

    // How much of a body one connection carries in a row before others of its event loop have their turn.
    private const int MostInOneTurn = 256 * 1024;

    private const int MostInterimsInOneTurn = 16;

    private const int MostInterims = 10_000;

    private readonly TimeSpan _patience = exchange.Action.ReadTimeout;
    private Task? _sending;
    private RequestBodySender? _sender;
    private SendEnd _sent;
    private bool _mayKeep;
    private bool _isClients;
    private bool _hasHeard;

    // A client that waits for a 100 (RFC 9110, 10.1.1) is told by the HTTP server under us, when its body is read.
    private bool IsBodyAsked => exchange.Body is not { BytesRead: 0 } || context.Request.Headers.Expect.Count == 0;

    // How sending has ended; null: it has not.
    private SendEnd? Sent => _sender is null ? _sent : _sender.End;

    /// <summary>Runs it; how it ended, and why.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(TryEnd End, string Reason, Exception? Cause)> RunAsync(byte[] head, int length, BodyFraming framing)
    {
        connection.Request = context;
        connection.Tally = exchange.Facts.Answer?.LastTry;
        connection.WaitAtMost(_patience);
        var left = gone.UnsafeRegister(
            static connection => ((Http1Connection)connection!).Cut(CutCause.Client), // it is registered with one
            connection
        );
        (TryEnd End, string Reason, Exception? Cause) ended;
        try
        {
            if (exchange.Body is { } body)
            {
                _sender = new(connection, head, length, body, framing, _patience);
                _sending = _sender.SendAsync();
            }
            else
            {
                _sent = await SendHeadAsync(head, length);
            }

            ended = await AnswerAsync();
        }
        catch (Exception failed)
        {
            ended = Judge(failed);
            if (_isClients)
                Abort();
            // A part of an interim answer may stand there.
            else if (failed is ClientWriteException)
                Cut();
        }
        finally
        {
            await left.DisposeAsync();
        }

        // The connection goes back, or ends; with it ends what is still being sent.
        connection.WaitNoMore();
        _mayKeep = _mayKeep && ended.End is TryEnd.Answered && Sent is SendEnd.Sent;
        if (!_mayKeep)
        {
            _sender?.Stop();
            connection.Cut(CutCause.Done);
        }

        if (_sending is not null)
            await _sending;
        (connection.Request, connection.Tally) = (null, null);
        if (_mayKeep)
            connections.Keep(connection, exchange.Settings);
        else
            connection.Dispose();
        return ended;
    }

    // A request without a body.
    private ValueTask<SendEnd> SendHeadAsync(byte[] head, int length)
    {
        var send = connection.SendAsync(head.AsMemory(0, length));
        if (!send.IsCompletedSuccessfully)
            return SentAsync(send, head);
        ArrayPool<byte>.Shared.Return(head);
        return new(SendEnd.Sent);
    }

    private async ValueTask<SendEnd> SentAsync(ValueTask send, byte[] head)
    {
        try
        {
            await send;
            return SendEnd.Sent;
        }
        catch (IOException)
        {
            // It may have been answered before: what is read tells.
            return connection.Wire.TookNothing ? SendEnd.BrokeUnsent : SendEnd.Broke;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(TryEnd, string, Exception?)> AnswerAsync()
    {
        // 1. The head, and interim answers in front of it.
        UpstreamHead? head;
        for (var interim = 1; ; interim++)
        {
            head = await connection.ReadHeadAsync(_patience);
            if (head is null)
                return Judge(null);
            _hasHeard = true;
            if (head.Status >= 200 || head.Status == StatusCodes.Status101SwitchingProtocols)
                break;
            if (InterimAnswers.AreFor(head, context, IsBodyAsked))
                await ToClientAsync(interims.SendAsync(head, context, gone));

            if (interim == MostInterims)
                throw new AnswerFaultException("The server sent ten thousand interim answers, and no answer.");

            // A server may send many of them, and others of the loop wait.
            if (interim % MostInterimsInOneTurn == 0)
                await LoopThread.LeaveAsync();
        }

        exchange.Answered = true;
        exchange.Facts.Answer?.HasCome(head.Status, head.Lines);
        if (exchange.MayTakeLong)
            await LoopThread.LeaveAsync();

        // A server that goes on reading may stream its answer meanwhile: only what says no, or leads elsewhere, ends a request early.
        if (head.Status >= 300)
            _sender?.Stop();

        var body = Http1Answer.BodyOf(head, HttpMethods.IsHead(context.Request.Method), out var fault);
        if (fault is not null)
            return (TryEnd.BadAnswer, fault, null);
        var keepsAlive = Http1Answer.KeepsAlive(head);
        try
        {
            Http1Answer.Copy(head, context);
            exchange.Route.ResponseHeaders.Apply(exchange.Facts, new ResponseLines(context.Response.Headers));
        }
        catch (InvalidOperationException unwritable)
        {
            return (TryEnd.Unwritable, "The server's answer cannot be written to the client.", unwritable);
        }

        // 2. The body. A 205 has none, whatever the server sends behind it (RFC 9110, 15.3.6).
        _isClients = true;
        if (head.Status == StatusCodes.Status205ResetContent)
            keepsAlive &= body == 0;
        else if (body != 0)
            await CopyAsync(body);
        exchange.AnswerIsWhole = true;
        connection.Answers++;
        _mayKeep = keepsAlive && body != Http1Answer.UntilClose && !connection.HasUnread;
        return (TryEnd.Answered, "", null);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyAsync(long body)
    {
        var chunks = default(ChunkReader);
        var left = body;
        var inOneTurn = 0;
        while (body == Http1Answer.Chunked ? !chunks.Done : left != 0)
        {
            // 1. What has come goes on.
            if (connection.HasUnread)
            {
                var piece = connection.Unread;
                var taken = piece.Length;
                var data = piece;
                if (body == Http1Answer.Chunked)
                {
                    taken = chunks.Next(piece.Span, out var range);
                    if (taken < 0)
                        throw new AnswerFaultException("The server broke its answer off.");
                    data = piece[range];
                }
                else if (left > 0)
                {
                    data = piece[..(int)Math.Min(left, piece.Length)];
                    taken = data.Length;
                    left -= taken;
                }

                if (!data.IsEmpty)
                    await WriteAsync(data);
                connection.Take(taken);
                continue;
            }

            // 2. More of it. A browser's EventSource is open, and a client goes on, when the head has come: it does not wait for a body.
            var wanted = left > 0 ? (int)Math.Min(left, Http1Connection.MostAtOnce) : Http1Connection.MostAtOnce / 4;
            var read = connection.TryReceive(wanted);
            inOneTurn += Math.Max(read, 0);
            if (inOneTurn > MostInOneTurn)
            {
                await LoopThread.LeaveAsync();
                inOneTurn = 0;
            }

            if (read == Wire.NothingYet)
            {
                inOneTurn = 0;
                if (!context.Response.HasStarted)
                    await FlushAsync();
                read = await connection.ReceiveAsync(wanted);
            }

            // A connection that is cut on the way makes a part of an answer look whole; TLS tells the two apart (RFC 9112, 9.8).
            if (read == 0 && body == Http1Answer.UntilClose && !connection.Wire.WasCutShort)
                break;
            if (read == 0 && body == Http1Answer.UntilClose)
                throw new UnsureEndException();
            if (read == 0)
                throw new AnswerFaultException("The server broke its answer off.");
            connection.WaitAtMost(_patience);
        }

        Http1Answer.CopyTrailers(chunks.Trailers, context);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> data) =>
        ToClientAsync(context.Response.Body.WriteAsync(data, CancellationToken.None));

    private ValueTask FlushAsync() => ToClientAsync(new(context.Response.Body.FlushAsync(CancellationToken.None)));

    private async ValueTask ToClientAsync(ValueTask write)
    {
        if (!write.IsCompletedSuccessfully)
        {
            connection.WritesToClient = true;
            try
            {
                await write;
            }
            catch (Exception failed)
            {
                throw new ClientWriteException(failed);
            }
            finally
            {
                connection.WritesToClient = false;
            }
        }

        connection.WaitAtMost(_patience);
    }

    // The status is out, so that a cut is the only honest end.
    private void Abort()
    {
        if (context.Response.HasStarted)
            Cut();
    }

    private void Cut()
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
            stream.Reset(InternalError);
        else
            context.Abort();
    }

    private (TryEnd, string, Exception?) Judge(Exception? failed)
    {
        // 1. The client.
        if (TryJudge.OfClient(exchange.Body) is { } client)
            return (client.End, client.Reason, failed);
        switch (connection.CutBy)
        {
            case CutCause.SlowReader:
                return (TryEnd.ClientGone, "The client did not take the answer.", failed);
            // Both sides were waited for; the client's part of the work comes first.
            case CutCause.SlowSender:
                return (TryEnd.ClientTooSlow, "The client's body came too slowly.", failed);
            case CutCause.Client:
                return (TryEnd.ClientGone, "The client went away.", failed);
        }

        if (gone.IsCancellationRequested || context.RequestAborted.IsCancellationRequested)
            return (TryEnd.ClientGone, "The client went away.", failed);

        // 2. Time.
        if (connection.CutBy == CutCause.Time)
        {
            return exchange.Answered
                ? (TryEnd.CutAnswer, TryJudge.StoodStill, failed)
                : (TryEnd.Late, "The server did not answer in time.", failed);
        }

        // 3. The server, or what it was shown: with TLS 1.3 it says so only behind the handshake (RFC 8446, 4.4.2.4).
        var hasNothing = failed is null or IOException && connection.CutBy == CutCause.None && !_hasHeard && !connection.HasUnread;
        if (hasNothing && !isKept && connection.Wire.Refused() is { } refusal)
            return (TryEnd.Refused, refusal, failed);
        return failed switch
        {
            AnswerFaultException { IsOurs: true } ours => (TryEnd.LocalWant, ours.Message, failed),
            ClientWriteException => (TryEnd.ClientGone, "The client did not take the answer.", failed),
            UnsureEndException => (TryEnd.UnsureEnd, failed.Message, failed),
            OutOfMemoryException => (TryEnd.LocalWant, "This process has no memory left.", failed),
            _ when exchange.Answered && failed is IOException or AnswerFaultException => (
                TryEnd.CutAnswer,
                "The server broke its answer off.",
                failed
            ),
            AnswerFaultException fault => (TryEnd.NoAnswer, fault.Message, failed),
            null or IOException when isKept && !_hasHeard && !connection.HasUnread => Stale(failed),
            null => (TryEnd.NoAnswer, "The server closed the connection before it answered.", null),
            IOException when !connection.HasUnread => (TryEnd.NoAnswer, "The server reset the connection before it answered.", failed),
            IOException => (TryEnd.NoAnswer, "The server closed the connection in the middle of a head.", failed),
            _ => (TryEnd.Faulted, "The request failed inside the proxy.", failed),
        };
    }

    private (TryEnd, string, Exception?) Stale(Exception? failed) =>
        (Sent is SendEnd.BrokeUnsent ? TryEnd.StaleUnsent : TryEnd.Stale, StaleConnectionException.Sentence, failed);
}

/// <summary>The answer could not be written to the client: no server did that.</summary>
internal sealed class ClientWriteException(Exception inner) : Exception("The answer could not be written to the client.", inner);

/// <summary>An answer without a length ended with its connection, and TLS does not say that this is its end.</summary>
internal sealed class UnsureEndException()
    : Exception(
        "The server sent an answer without a length, and closed the connection without TLS's close_notify: the answer may be cut off. "
            + "Let the server send a Content-Length, or end TLS."
    );

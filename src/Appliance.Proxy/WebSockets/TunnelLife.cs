using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.WebSockets;

/// <summary>All that is taken when a tunnel opens and must be given back when it is over, whichever relay carried it.</summary>
internal sealed class TunnelLife(
    LiveConnection connection,
    TunnelPlaces places,
    ConnectionRegistry registry,
    ILogger<WebSocketTunnel> log,
    AccessLog? accessLog = null,
    RecentRequests? recent = null,
    HeaderWatches? watches = null
)
{
    private PendingLine? _line;
    private UpstreamTry? _server;
    private PastTry[]? _before;
    private int _status;
    private string? _requestId;
    private HeaderNames? _requestHeaders;
    private HeaderNames? _answerHeaders;
    private KeptHeaders? _kept;
    private int _over;
    private bool _isCounted;
    private bool _hasLeft;

    /// <summary>The connection whose life it is.</summary>
    public LiveConnection Connection => connection;

    /// <summary>
    /// Counts and lists it. Before the client can know: a stop that begins while the 101 is on its way must find this connection, or it
    /// would be cut without a word.
    /// </summary>
    public void Begin()
    {
        Faults.Allocating();
        registry.Add(connection);
        _isCounted = true;
        foreach (var counter in connection.Tally.Counters)
            counter.SocketOpened();
    }

    /// <summary>The client has its 101.</summary>
    public void Opened()
    {
        // The client's address as text would be kept as long as the connection: not for a line that nobody reads.
        if (!log.IsEnabled(LogLevel.Information))
            return;
        log.Opened(
            What,
            connection.Id,
            connection.RouteName,
            connection.ServerAddress,
            connection.Client,
            connection.Host,
            OneLine.Of(connection.Path),
            OrNone(OneLine.Of(connection.Subprotocol)),
            connection.Revision
        );
    }

    /// <summary>
    /// It is kept among the newest requests, and has its line in the access log, when it is over. Before a relay carries it: it may be over
    /// immediately.
    /// </summary>
    /// <param name="request">The request that it was.</param>
    /// <param name="behindHead">How many bytes of the relay's have come with the server's head, and are counted already.</param>
    public void KeepAtEnd(RequestFacts request, int behindHead)
    {
        if (request.Answer is not { } answer)
            return;
        if (accessLog is { IsOn: true } && answer.IsLogged)
            _line = accessLog.Begin(request, answer);
        answer.Trace?.End(request, answer);
        if (recent is not null)
        {
            var names = default(PastRequest);
            recent.NoteNames(ref names, request.Headers, answer.SentHeaders);
            (_requestHeaders, _answerHeaders) = (names.RequestHeaders, names.AnswerHeaders);
            _kept = watches?.Keep(connection.RouteId, request.Headers, answer.SentHeaders);
        }

        answer.BecomeTunnel();
        (_server, _status, _before) = (answer.LastTry, answer.Status, RecentRequests.Before(answer));
        _requestId = request.RequestId;
        _server?.Received(-behindHead);
    }

    /// <summary>A relay carries it from here on and ends it. Never throws.</summary>
    public void Leave() => _hasLeft = true;

    /// <summary>As <see cref="End"/>, unless a relay carries it.</summary>
    public void EndUnlessLeft(bool opened)
    {
        if (!_hasLeft)
            End(opened);
    }

    /// <summary>
    /// Gives everything back, once; with a line in the log when it was a tunnel. Never throws: its callers have nothing left to do about
    /// it.
    /// </summary>
    public void End(bool opened)
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
            return;
        try
        {
            // The innermost first; each is given back, whatever the one before it threw.
            try
            {
                GiveBackCounts();
            }
            finally
            {
                GiveBackPlaces(opened);
            }

            if (opened && _server is not null)
                Keep(_server);
            if (opened && log.IsEnabled(LogLevel.Information))
                LogClosed();
        }
        catch (Exception failed)
        {
            Say(failed);
        }
    }

    private void Keep(UpstreamTry server)
    {
        var (client, answers) = (connection.FromClient.Counts, connection.FromServer.Counts);
        server.Sent(client.WireBytes);
        server.Received(answers.WireBytes);
        server.End(0, null);
        recent?.Add(
            new PastRequest
            {
                Ended = connection.Ended.UtcDateTime,
                Duration = connection.Age,
                RequestId = _requestId,
                RouteId = connection.RouteId,
                RouteName = connection.RouteName,
                PoolName = connection.PoolName,
                Client = connection.ClientAddress,
                Method = HttpMethods.Get,
                Scheme = connection.IsTls ? "https" : "http",
                Host = connection.Host,
                Path = connection.Path,
                Protocol = connection.Protocol,
                UserAgent = connection.UserAgent,
                Status = _status,
                BytesIn = client.WireBytes,
                BytesOut = answers.WireBytes,
                IsTunnel = true,
                RequestHeaders = _requestHeaders,
                AnswerHeaders = _answerHeaders,
                Kept = _kept,
                Last = RecentRequests.Of(server),
                Before = _before,
            }
        );
        if (_line is not { } line)
            return;
        var answer = line.Answer;
        answer.Tunnel = new(
            client.Messages,
            answers.Messages,
            client.WireBytes,
            answers.WireBytes,
            connection.CloseCode,
            connection.CloseReason ?? "",
            connection.End.ToString(),
            connection.End.By().ToString()
        );
        (answer.BodyBytes, answer.IsComplete) = (answers.WireBytes, true);
        answer.End();
        accessLog?.Write(line);
    }

    private void GiveBackCounts()
    {
        var counters = connection.Tally.TakeLast(connection);
        if (!_isCounted)
            return;
        foreach (var counter in counters)
            counter.SocketClosed();
    }

    private void GiveBackPlaces(bool opened)
    {
        try
        {
            places.GiveBack();
        }
        finally
        {
            registry.Remove(connection, opened);
        }
    }

    private void Say(Exception failed)
    {
        try
        {
            log.EndFailed(failed, connection.Id);
        }
        catch (Exception)
        {
            // Going on is right: out of here it would end the process, for a line.
        }
    }

    private string What => connection.IsWebSocket ? "WebSocket" : $"Connection of {OneLine.Of(connection.UpgradedTo)}";

    private static string OrNone(string text) => text.Length == 0 ? "none" : text;

    private void LogClosed()
    {
        var client = connection.FromClient.Counts;
        var server = connection.FromServer.Counts;
        log.Closed(
            What,
            connection.Id,
            connection.RouteName,
            connection.ServerAddress,
            connection.Client,
            connection.End.By(),
            connection.End,
            connection.CloseCode,
            OrNone(OneLine.Of(connection.CloseReason)),
            Math.Round(connection.Age.TotalSeconds, 3),
            client.Messages,
            client.WireBytes,
            server.Messages,
            server.WireBytes
        );
    }
}

/// <summary>Text of strangers in a log line: it must not begin another.</summary>
internal static class OneLine
{
    /// <summary>The text with a question mark for every control character.</summary>
    public static string Of(string? text) =>
        text is null ? ""
        : text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter))
        : text;
}

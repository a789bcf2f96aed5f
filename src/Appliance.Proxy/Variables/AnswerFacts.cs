using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Proxy.Variables;

/// <summary>
/// What is known of the answer to a request, as variables read it: while response rules run, and behind the end of the request. Owned by
/// the pipeline; one thread at a time, as <see cref="RequestFacts"/>.
/// </summary>
public sealed class AnswerFacts
{
    /// <summary>nginx's status of a request whose client left before it was answered.</summary>
    public const int ClientLeft = 499;

    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private HttpResponse? _response;
    private UpstreamTry? _last;
    private List<UpstreamTry>? _before;
    private long _endedAt;
    private int _status;
    private long _headBytes;

    /// <summary>The answer of a request that begins now.</summary>
    public AnswerFacts(HttpResponse response, TimeProvider time)
    {
        (_response, _time) = (response, time);
        _startedAt = time.GetTimestamp();
    }

    /// <summary><c>$status</c>: what the client was sent, or is about to be.</summary>
    public int Status => _status != 0 ? _status : _response?.StatusCode ?? 0;

    /// <summary>Bytes of the body that left for the client, with the framing of chunks (<c>$body_bytes_sent</c>).</summary>
    public long BodyBytes { get; set; }

    /// <summary>The client was sent all of the answer (<c>$request_completion</c> is <c>OK</c>).</summary>
    public bool IsComplete { get; set; }

    /// <summary>
    /// The head of the answer is known: variables of the answer are read. Before, they are empty, as in nginx.
    /// </summary>
    public bool IsThere { get; private set; }

    /// <summary>The request is over.</summary>
    public bool HasEnded => _endedAt != 0;

    /// <summary>The client went away before the end of the answer.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>The client spoilt the request, as by a body that cannot be read or came too slowly: no server failed.</summary>
    public bool IsSpoilt { get; private set; }

    /// <summary>The client's connection; null when it is not known.</summary>
    public ConnectionFacts? Connection { get; init; }

    /// <summary>The connection's requests up to this one (<c>$connection_requests</c>).</summary>
    public int ConnectionRequests { get; init; }

    /// <summary>Its spans; null: they are not wanted.</summary>
    public RequestTrace? Trace { get; init; }

    /// <summary>Bytes of the request's body.</summary>
    public long RequestBodyBytes { get; set; }

    /// <summary>The route; empty: none.</summary>
    public Guid RouteId { get; set; }

    /// <summary>The route's name, or empty.</summary>
    public string RouteName { get; set; } = "";

    /// <summary>False when the route keeps its requests out of the access log.</summary>
    public bool IsLogged { get; set; } = true;

    /// <summary>Why there was no answer of a server, as a sentence; null: there was one, or none was asked for.</summary>
    public string? Failure { get; private set; }

    /// <summary>The servers that were asked, in order.</summary>
    public IReadOnlyList<UpstreamTry> Tries => _last is null ? [] : [.. _before ?? [], _last];

    /// <summary>What a WebSocket carried; null: it was none, or is still open.</summary>
    public TunnelFacts? Tunnel { get; set; }

    /// <summary>It became a WebSocket, or a connection of another protocol: its line is written when that is over.</summary>
    public bool IsTunnel { get; private set; }

    /// <summary>How long it took; until now while it is under way.</summary>
    public TimeSpan Duration => _endedAt == 0 ? _time.GetElapsedTime(_startedAt) : _time.GetElapsedTime(_startedAt, _endedAt);

    /// <summary>The time of day: of the end, or now while it is under way.</summary>
    public DateTimeOffset Now
    {
        get => field == default ? _time.GetUtcNow() : field;
        private set;
    }

    /// <summary>
    /// Bytes of the answer's head as HTTP/1.1 writes it, together with <see cref="BodyBytes"/> (<c>$bytes_sent</c>). 0 when nothing was
    /// sent.
    /// </summary>
    public long BytesSent => Status == ClientLeft ? 0 : HeadBytes + BodyBytes;

    private long HeadBytes
    {
        get
        {
            if (_response is not { } response)
                return _headBytes;

            // "HTTP/1.1 200 OK", an empty line, and the date that the HTTP server adds last.
            long bytes = 9 + 3 + 1 + ReasonPhrases.GetReasonPhrase(Status).Length + 2 + 2;
            if (response.Headers.Date.Count == 0)
                bytes += 37;
            foreach (var (name, values) in response.Headers)
            {
                foreach (var value in values)
                    bytes += name.Length + 2 + (value?.Length ?? 0) + 2;
            }

            return bytes;
        }
    }

    /// <summary>All lines of a header that the client is sent, as one list; or empty (<c>$sent_http_</c>).</summary>
    public string Sent(string name) =>
        _response is { } response ? HeadersAlike.Find(response.Headers, name) ?? string.Join(", ", response.Headers[name].ToArray()) : "";

    /// <summary>The headers that the client is sent; null: the connection has left the HTTP server.</summary>
    internal IHeaderDictionary? SentHeaders => _response?.Headers;

    /// <summary>The client gets an answer of the proxy's own, as the route wants it.</summary>
    public void IsOurs() => IsThere = true;

    /// <summary>The client gets an answer of the proxy's own, for this reason.</summary>
    public void Fail(string reason) => (IsThere, Failure) = (true, reason);

    /// <summary>The head of a server's answer is there.</summary>
    public void HasCome(int status, IAnswerHeaders headers)
    {
        IsThere = true;
        LastTry?.Answered(status, headers);
    }

    /// <summary>The client has gone away.</summary>
    public void Leave() => HasLeft = true;

    /// <summary>The client has spoilt the request.</summary>
    public void Spoil() => IsSpoilt = true;

    /// <summary>A server is asked.</summary>
    public void Ask(string address)
    {
        if (_last is { } last)
            (_before ??= []).Add(last);
        Trace?.Ask(address, TriesCount);
        _last = new(address, _time, Trace);
    }

    /// <summary>The server that is asked now, or was last; null: none was.</summary>
    public UpstreamTry? LastTry => _last;

    /// <summary>How many servers were asked.</summary>
    public int TriesCount => _last is null ? 0 : 1 + (_before?.Count ?? 0);

    /// <summary>The request is over, with this status; 0: that of the response.</summary>
    public void End(int status = 0)
    {
        IsThere = true;
        _endedAt = Math.Max(1, _time.GetTimestamp());
        Now = _time.GetUtcNow();
        if (status != 0)
            _status = status;
    }

    /// <summary>
    /// The connection leaves the HTTP server, which uses the response for the next one: what is needed of it is taken now.
    /// </summary>
    public void BecomeTunnel()
    {
        IsTunnel = true;
        _status = Status;
        _headBytes = HeadBytes;
        _response = null;
        foreach (var one in Tries)
            one.ForgetHeaders();
    }
}

/// <summary>One connection of a client. A connection feature.</summary>
public sealed class ConnectionFacts(TimeProvider time)
{
    private static long _last;
    private readonly long _startedAt = time.GetTimestamp();
    private int _requests;

    /// <summary>Its number, unique in this process, rising (<c>$connection</c>).</summary>
    public long Number { get; } = Interlocked.Increment(ref _last);

    /// <summary>How long it has been open (<c>$connection_time</c>).</summary>
    public TimeSpan Age => time.GetElapsedTime(_startedAt);

    /// <summary>Counts a request; returns the count.</summary>
    public int CountRequest() => Interlocked.Increment(ref _requests);
}

/// <summary>The headers of a server's answer.</summary>
public interface IAnswerHeaders
{
    /// <summary>All lines of a header as one list (RFC 9110, 5.3), or empty; names as <see cref="HeadersAlike"/> has them.</summary>
    string ListAlike(string name);
}

/// <summary>One server that was asked.</summary>
/// <param name="address">Host and port, as configured (<c>$upstream_addr</c>).</param>
/// <param name="time">The clock.</param>
/// <param name="trace">The spans of its request; null: they are not wanted.</param>
public sealed class UpstreamTry(string address, TimeProvider time, RequestTrace? trace = null)
{
    private readonly long _startedAt = time.GetTimestamp();
    private IAnswerHeaders? _headers;

    /// <summary>Host and port, as configured.</summary>
    public string Address => address;

    /// <summary>The status of its answer, or 502 or 504 when it gave none; 0: it is not known yet.</summary>
    public int Status { get; private set; }

    /// <summary>Until the connection was there; zero for a kept one; null: there was none, or YARP's forwarder made it.</summary>
    public TimeSpan? ConnectTime { get; private set; }

    /// <summary>Until the head of the answer was there; null: none came.</summary>
    public TimeSpan? HeaderTime { get; private set; }

    /// <summary>Until the end; null: it is not over.</summary>
    public TimeSpan? ResponseTime { get; private set; }

    /// <summary>
    /// Bytes that were sent to it, head and body with its framing (<c>$upstream_bytes_sent</c>). Under TLS they are counted before they are
    /// encrypted, as in nginx.
    /// </summary>
    public long BytesSent { get; private set; }

    /// <summary>Bytes that came from it, head and body with its framing (<c>$upstream_bytes_received</c>).</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Why it did not answer, as a sentence; null: it did.</summary>
    public string? Failure { get; private set; }

    /// <summary>The connection is there.</summary>
    public void Connected(bool isKept) => ConnectTime = isKept ? TimeSpan.Zero : time.GetElapsedTime(_startedAt);

    /// <summary>So many bytes have left for it. One sender at a time.</summary>
    public void Sent(long bytes) => BytesSent += bytes;

    /// <summary>So many bytes have come from it. One reader at a time.</summary>
    public void Received(long bytes) => BytesReceived += bytes;

    /// <summary>The head is there.</summary>
    public void Answered(int status, IAnswerHeaders headers) =>
        (Status, HeaderTime, _headers) = (status, time.GetElapsedTime(_startedAt), headers);

    /// <summary>All lines of a header of its answer as one list (<c>$upstream_http_</c>), or empty.</summary>
    public string Header(string name) => _headers?.ListAlike(name) ?? "";

    /// <summary>It is over: with the answer's own status, or with this one when there was no answer.</summary>
    public void End(int status, string? failure)
    {
        if (Status == 0)
            Status = status;
        (ResponseTime, Failure) = (time.GetElapsedTime(_startedAt), failure);
        trace?.EndTry(Status, failure);
    }

    /// <summary>Nobody reads its headers any more, and they are not kept in memory.</summary>
    internal void ForgetHeaders() => _headers = null;
}

/// <summary>What a WebSocket carried, and how it ended. <c>In</c> is from the client.</summary>
/// <param name="MessagesIn">Messages from the client.</param>
/// <param name="MessagesOut">Messages to the client.</param>
/// <param name="BytesIn">Bytes from the client, as on the wire.</param>
/// <param name="BytesOut">Bytes to the client, as on the wire.</param>
/// <param name="CloseCode">Its close code; 0 where the protocol has none.</param>
/// <param name="CloseReason">The reason that was given with it, or empty.</param>
/// <param name="EndReason">Why it ended, as the console's list of ended connections has it.</param>
/// <param name="EndedBy">Which side ended it.</param>
public sealed record TunnelFacts(
    long MessagesIn,
    long MessagesOut,
    long BytesIn,
    long BytesOut,
    int CloseCode,
    string CloseReason,
    string EndReason,
    string EndedBy
);

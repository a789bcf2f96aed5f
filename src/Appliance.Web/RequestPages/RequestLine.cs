using Appliance.Proxy.AccessLogs;

namespace Appliance.Web.RequestPages;

/// <summary>A request that is over, for people and scripts.</summary>
/// <param name="Number">Its number, rising from 1 with every request that is over.</param>
/// <param name="EndedUtc">When it was over.</param>
/// <param name="Seconds">How long it took; a WebSocket: how long it was open.</param>
/// <param name="Status">What the client got; 499: it left before.</param>
/// <param name="Method">Its method; empty: it could not be read.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">The host that was asked for.</param>
/// <param name="Path">The path, without its query.</param>
/// <param name="Protocol"><c>HTTP/1.1</c>, <c>HTTP/2.0</c>.</param>
/// <param name="Route">The route's name then; empty: none.</param>
/// <param name="Pool">The pool's name then; empty: none.</param>
/// <param name="Client">The client's address.</param>
/// <param name="UserAgent">The client's User-Agent, or null.</param>
/// <param name="BytesIn">Bytes of the request's body.</param>
/// <param name="BytesOut">Bytes of the answer's body.</param>
/// <param name="RequestId"><c>$request_id</c>, where something has read it; else null.</param>
/// <param name="Failure">Why no server answered, or not to the end; null: nothing failed.</param>
/// <param name="IsWebSocket">It became a WebSocket, or a connection of another protocol.</param>
/// <param name="Servers">The servers that were asked, in order.</param>
/// <param name="RequestHeaders">Header lines from the client; null: their names were not kept.</param>
/// <param name="AnswerHeaders">Header lines to the client; null: their names were not kept.</param>
public sealed record RequestLine(
    long Number,
    DateTime EndedUtc,
    double Seconds,
    int Status,
    string Method,
    string Scheme,
    string Host,
    string Path,
    string Protocol,
    string Route,
    string Pool,
    string Client,
    string? UserAgent,
    long BytesIn,
    long BytesOut,
    string? RequestId,
    string? Failure,
    bool IsWebSocket,
    IReadOnlyList<RequestServerLine> Servers,
    IReadOnlyList<RequestHeaderLine>? RequestHeaders,
    IReadOnlyList<RequestHeaderLine>? AnswerHeaders
)
{
    /// <summary>Makes the line of a request.</summary>
    public static RequestLine Of(PastRequest request)
    {
        var kept = request.Kept?.Now;
        return new(
            request.Number,
            request.Ended,
            Math.Round(request.Duration.TotalSeconds, 4),
            request.Status,
            RequestWords.Letters(request.Method),
            request.Scheme,
            RequestWords.Letters(request.Host),
            RequestWords.Letters(request.Path),
            RequestWords.Letters(request.Protocol),
            request.RouteName,
            request.PoolName,
            request.Client?.ToString() ?? "",
            request.UserAgent is { } agent ? RequestWords.Letters(agent) : null,
            request.BytesIn,
            request.BytesOut,
            request.RequestId,
            request.Failure,
            request.IsTunnel,
            [.. request.Tries.Select(RequestServerLine.Of)],
            RequestHeaderLine.Of(request.RequestHeaders, kept?.Request),
            RequestHeaderLine.Of(request.AnswerHeaders, kept?.Answer)
        );
    }
}

/// <summary>A header line.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null: only names were kept.</param>
public sealed record RequestHeaderLine(string Name, string? Value)
{
    internal static IReadOnlyList<RequestHeaderLine>? Of(HeaderNames? names, IReadOnlyList<PastHeader>? values) =>
        values is not null
            ? [.. values.Select(line => new RequestHeaderLine(RequestWords.Letters(line.Name), RequestWords.Letters(line.Value)))]
        : names is null ? null
        : [.. names.Names.Select(name => new RequestHeaderLine(RequestWords.Letters(name), null))];
}

/// <summary>One server that was asked.</summary>
/// <param name="Server">Host and port, as configured.</param>
/// <param name="Status">The status of its answer, or 502 or 504 when it gave none.</param>
/// <param name="ConnectSeconds">Until the connection was there; 0: a kept one; null: not known, or there was none.</param>
/// <param name="HeaderSeconds">Until the head of its answer was there; null: none came.</param>
/// <param name="Seconds">Until the end.</param>
/// <param name="Failure">Why it did not answer; null: it did.</param>
public sealed record RequestServerLine(
    string Server,
    int Status,
    double? ConnectSeconds,
    double? HeaderSeconds,
    double Seconds,
    string? Failure
)
{
    /// <summary>Makes the line of a server that was asked.</summary>
    public static RequestServerLine Of(PastTry one) =>
        new(one.Address ?? "", one.Status, Rounded(one.Connect), Rounded(one.Header), Math.Round(one.Total.TotalSeconds, 4), one.Failure);

    private static double? Rounded(TimeSpan? span) => span is { } known ? Math.Round(known.TotalSeconds, 4) : null;
}

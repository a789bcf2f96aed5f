using System.Net;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// One request that is over, as the console shows it. Texts of clients are cut at <see cref="LongestText"/>; the query, which often
/// carries tokens, is not kept. One char for each byte.
/// </summary>
public record struct PastRequest
{
    /// <summary>Chars of a host, a path or a user agent that are kept.</summary>
    public const int LongestText = 256;

    /// <summary>Its number, rising from 1 with every request that is over.</summary>
    public long Number { get; internal set; }

    /// <summary>When it was over, UTC.</summary>
    public DateTime Ended { get; init; }

    /// <summary>How long it took; a WebSocket: how long it was open.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary><c>$request_id</c>, where something has read it; null: nothing has.</summary>
    public string? RequestId { get; init; }

    /// <summary>The route; empty: none was found, or none was looked for.</summary>
    public Guid RouteId { get; init; }

    /// <summary>The route's name then; empty: none.</summary>
    public string RouteName { get; init; }

    /// <summary>The pool's name then; empty: none.</summary>
    public string PoolName { get; init; }

    /// <summary>The client behind trusted proxies.</summary>
    public IPAddress? Client { get; init; }

    /// <summary>Its method; empty: the request could not be read.</summary>
    public string Method { get; init; }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string Scheme { get; init; }

    /// <summary>The host that was asked for, without port.</summary>
    public string Host { get; init; }

    /// <summary>The path as it came, without its query.</summary>
    public string Path { get; init; }

    /// <summary><c>HTTP/1.1</c>, <c>HTTP/2.0</c>.</summary>
    public string Protocol { get; init; }

    /// <summary>The client's User-Agent, or null.</summary>
    public string? UserAgent { get; init; }

    /// <summary>What the client got; 499: it left before.</summary>
    public int Status { get; init; }

    /// <summary>Bytes of the request's body.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes of the answer's body.</summary>
    public long BytesOut { get; init; }

    /// <summary>Why no server answered, or not to the end, as a sentence; null: nothing failed.</summary>
    public string? Failure { get; init; }

    /// <summary>The client left before it had all of the answer.</summary>
    public bool HasLeft { get; init; }

    /// <summary>The client spoilt it, as by a body that cannot be read: no server failed.</summary>
    public bool IsSpoilt { get; init; }

    /// <summary>It became a WebSocket, or a connection of another protocol.</summary>
    public bool IsTunnel { get; init; }

    /// <summary>The last server that was asked; its address is null when none was.</summary>
    public PastTry Last { get; init; }

    /// <summary>Those that were asked before it, in order, the last 15 of them; null: none.</summary>
    public PastTry[]? Before { get; init; }

    /// <summary>Names of the header lines that the client sent; null: they are not known, or there was no room for them.</summary>
    public HeaderNames? RequestHeaders { get; internal set; }

    /// <summary>Names of the header lines that the client was sent; null as for <see cref="RequestHeaders"/>.</summary>
    public HeaderNames? AnswerHeaders { get; internal set; }

    /// <summary>Both with values; null: nobody asked to keep them.</summary>
    public KeptHeaders? Kept { get; internal set; }

    /// <summary>Bytes that its names take and no other request's.</summary>
    internal int NameBytes { get; set; }

    /// <summary>All servers that were asked, in order.</summary>
    public IEnumerable<PastTry> Tries => Last.Address is null ? [] : [.. Before ?? [], Last];
}

/// <summary>One server that was asked.</summary>
/// <param name="Address">Host and port, as configured.</param>
/// <param name="Status">The status of its answer, or 502 or 504 when it gave none.</param>
/// <param name="Connect">Until the connection was there; zero: a kept one; null: not known, or there was none.</param>
/// <param name="Header">Until the head of its answer was there; null: none came.</param>
/// <param name="Total">Until the end.</param>
/// <param name="Failure">Why it did not answer, as a sentence; null: it did.</param>
public readonly record struct PastTry(string? Address, int Status, TimeSpan? Connect, TimeSpan? Header, TimeSpan Total, string? Failure);

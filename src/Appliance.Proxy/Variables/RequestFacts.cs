using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Everything variables can read about one request. One per request, used by one thread at a time. Filled from a live request by the
/// pipeline, or by hand for a preview: templates and maps cannot tell the difference.
/// </summary>
public sealed class RequestFacts
{
    private static readonly RequestPath _root = RequestPath.TryParse("/")!; // it is one
    private readonly string _contentLength = "";

    /// <summary><c>$request_method</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The request target as it came over the wire (<c>$request_uri</c>).</summary>
    public required string RawTarget { get; init; }

    /// <summary><see cref="RawTarget"/> taken apart and normalised as nginx does it.</summary>
    public required RequestPath Path { get; init; }

    /// <summary>
    /// The request line as the client wrote it (<c>$request</c>); null: it is method, target and protocol with a space between them.
    /// </summary>
    public string? Line { get; init; }

    /// <summary>It was refused before it was read, and its line is all that is known of it.</summary>
    public bool IsRefused { get; init; }

    /// <summary>
    /// The Host header that the client sent beside a target that is an address; null: <see cref="Headers"/> have it. For logs alone: what
    /// is judged, and what a server is asked for, is the host of the target.
    /// </summary>
    public string? HostBesideTarget { get; init; }

    /// <summary><c>HTTP/1.1</c> and the like (<c>$server_protocol</c>).</summary>
    public required string Protocol { get; init; }

    /// <summary><c>http</c> or <c>https</c>, also for WebSockets (<c>$scheme</c>).</summary>
    public required string Scheme { get; init; }

    /// <summary>The client's headers as they came.</summary>
    public required IHeaderDictionary Headers
    {
        get;
        init
        {
            field = value;
            _contentLength = value.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? "";
        }
    }

    /// <summary>Host name without port, lower case: from the request line, else the Host header, else <see cref="ServerName"/>.</summary>
    public required string Host { get; init; }

    /// <summary>The other end of the connection: of TCP, or whom the PROXY protocol says it is from.</summary>
    public IPAddress? PeerAddress { get; init; }

    /// <summary>Its port (<c>$remote_port</c> when no X-Forwarded-For was looked through).</summary>
    public int PeerPort { get; init; }

    /// <summary>
    /// What the PROXY protocol said (<c>$proxy_protocol_*</c>; its peer is <c>$realip_remote_addr</c>); null when it is not spoken.
    /// </summary>
    public ProxiedConnection? Proxied { get; init; }

    /// <summary>True when <see cref="PeerAddress"/> is one of the trusted proxies.</summary>
    public bool PeerTrusted { get; init; }

    /// <summary>The client behind trusted proxies (<c>$remote_addr</c>).</summary>
    public IPAddress? ClientAddress { get; init; }

    /// <summary><c>$server_addr</c>.</summary>
    public IPAddress? ServerAddress { get; init; }

    /// <summary><c>$server_port</c>.</summary>
    public int ServerPort { get; init; }

    /// <summary>
    /// The connection under TLS; null over plain http. The client's certificate is in it once the policy of the host has had its say.
    /// </summary>
    public TlsFacts? Tls { get; internal set; }

    /// <summary>When the request began.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Names that the client's Connection header nominates (RFC 9110, 7.6.1), or null. They do not cross.</summary>
    public HashSet<string>? Nominated { get; init; }

    /// <summary>The maps of the snapshot that serves this request.</summary>
    public MapValues Maps { get; init; } = MapValues.None;

    /// <summary>The host pattern that matched (<c>$server_name</c>). Set by the table of routes.</summary>
    public string ServerName { get; set; } = "";

    /// <summary>Captures of the host's regex, if it was one. Set by the table of routes.</summary>
    public System.Text.RegularExpressions.Match? HostCaptures { get; set; }

    /// <summary>Captures of the path's regex, if it was one; <c>$1</c> reads these first. Set by the table of routes.</summary>
    public System.Text.RegularExpressions.Match? PathCaptures { get; set; }

    /// <summary>Captures of the map row whose result is rendered now. Set by <see cref="Maps"/> for the time of one rendering.</summary>
    public System.Text.RegularExpressions.Match? RowCaptures { get; internal set; }

    /// <summary>What is known of the answer; null when nobody reads it. Set by the pipeline.</summary>
    public AnswerFacts? Answer { get; set; }

    /// <summary>The pool's name (<c>$proxy_host</c>). Set by the pipeline.</summary>
    public string? PoolName { get; set; }

    /// <summary>Values of maps already evaluated for this request, by the map's index. Owned by <see cref="Maps"/>.</summary>
    internal string?[]? EvaluatedMaps { get; set; }

    /// <summary>False when no header has an underscore in its name: nobody need look for one. Default true.</summary>
    public bool MayHaveUnderscores { get; init; } = true;

    /// <summary>Bytes of the head as they came; 0: that is not known.</summary>
    public int ReceivedHeadBytes { get; init; }

    /// <summary>Bytes of the request's head as they came, or as HTTP/1.1 writes it.</summary>
    internal long HeadBytes
    {
        get
        {
            if (ReceivedHeadBytes > 0)
                return ReceivedHeadBytes;

            // "GET / HTTP/1.1" and an empty line.
            long bytes = Method.Length + 1 + RawTarget.Length + 1 + Protocol.Length + 2 + 2;
            foreach (var (name, values) in Headers)
            {
                foreach (var value in values)
                    bytes += name.Length + 2 + (value?.Length ?? 0) + 2;
            }

            return bytes;
        }
    }

    /// <summary>What is left when a WebSocket is over: its answer. Everything of the request is empty.</summary>
    internal static RequestFacts Over(AnswerFacts answer) =>
        new()
        {
            Method = "",
            RawTarget = "/",
            Path = _root,
            Protocol = "",
            Scheme = "",
            Headers = new HeaderDictionary(),
            Host = "",
            Answer = answer,
        };

    /// <summary>
    /// All lines of a header as the client sent them, as one list (RFC 9110, 5.3), or empty. Later changes that forwarding makes to
    /// <see cref="Headers"/> do not show.
    /// </summary>
    public string List(string name)
    {
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            return _contentLength;
        var lines = Headers[name];
        return lines.Count switch
        {
            0 => "",
            1 => lines[0] ?? "",
            _ => string.Join(name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ", lines.ToArray()),
        };
    }

    /// <summary><c>$request_id</c>: 32 hexadecimal digits, made when first read. Owned by the variable table.</summary>
    internal string? RequestId { get; set; }
}

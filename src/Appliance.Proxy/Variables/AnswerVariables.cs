using System.Collections.Frozen;
using System.Globalization;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Variables of the answer (nginx's names; those of WebSockets are ours). Known while response rules run as far as they can be, and when
/// the access log is written; empty while a request is built.
/// </summary>
internal static class AnswerVariables
{
    private static readonly FrozenDictionary<string, Func<AnswerFacts, string>> _all = new Dictionary<string, Func<AnswerFacts, string>>
    {
        ["status"] = answer => Number(answer.Status),
        ["body_bytes_sent"] = answer => Number(answer.BodyBytes),
        ["bytes_sent"] = answer => Number(answer.BytesSent),
        ["request_time"] = answer => Seconds(answer.Duration),
        ["request_completion"] = answer => answer.IsComplete ? "OK" : "",
        ["connection"] = answer => answer.Connection is { } connection ? Number(connection.Number) : "",
        ["connection_time"] = answer => answer.Connection is { } connection ? Seconds(connection.Age) : "",
        ["connection_requests"] = answer => answer.Connection is null ? "" : Number(answer.ConnectionRequests),
        ["time_local"] = answer => Local(answer.Now),
        ["upstream_addr"] = answer => List(answer, one => one.Address),
        ["upstream_status"] = answer => List(answer, one => one.Status == 0 ? "-" : Number(one.Status)),
        ["upstream_connect_time"] = answer => List(answer, one => Seconds(one.ConnectTime)),
        ["upstream_header_time"] = answer => List(answer, one => Seconds(one.HeaderTime)),
        ["upstream_response_time"] = answer => List(answer, one => Seconds(one.ResponseTime)),
        ["upstream_bytes_sent"] = answer => List(answer, one => Number(one.BytesSent)),
        ["upstream_bytes_received"] = answer => List(answer, one => Number(one.BytesReceived)),
        ["route_name"] = answer => HeaderText.FromConfig(answer.RouteName),
        ["failure_reason"] = answer => answer.Failure ?? answer.LastTry?.Failure ?? "",
        ["ws_messages_in"] = answer => answer.Tunnel is { } tunnel ? Number(tunnel.MessagesIn) : "",
        ["ws_messages_out"] = answer => answer.Tunnel is { } tunnel ? Number(tunnel.MessagesOut) : "",
        ["ws_bytes_in"] = answer => answer.Tunnel is { } tunnel ? Number(tunnel.BytesIn) : "",
        ["ws_bytes_out"] = answer => answer.Tunnel is { } tunnel ? Number(tunnel.BytesOut) : "",
        ["ws_close_code"] = answer => answer.Tunnel is { CloseCode: > 0 } tunnel ? Number(tunnel.CloseCode) : "",
        ["ws_close_reason"] = answer => HeaderText.FromConfig(answer.Tunnel?.CloseReason ?? ""),
        ["ws_end_reason"] = answer => answer.Tunnel?.EndReason ?? "",
        ["ws_ended_by"] = answer => answer.Tunnel?.EndedBy ?? "",
    }.ToFrozenDictionary();

    private const string RequestLength = "request_length";

    // Of a WebSocket they are known when it has opened, and not only when it is over.
    private static readonly FrozenSet<string> _knownAtOpening =
    [
        "status",
        "connection",
        "connection_requests",
        "upstream_addr",
        "upstream_status",
        "upstream_connect_time",
        "upstream_header_time",
        "route_name",
    ];

    private static readonly FrozenSet<string> _clock = ["msec", "time_iso8601", "time_iso8601_ms"];

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => _all.Keys.Append(RequestLength);

    /// <summary>How one is read, or null.</summary>
    public static Func<RequestFacts, string>? Find(string name)
    {
        if (name == RequestLength)
            return static facts => facts.Answer is { IsThere: true } answer ? Number(facts.HeadBytes + answer.RequestBodyBytes) : "";
        if (_all.TryGetValue(name, out var read))
            return facts => facts.Answer is { IsThere: true } answer ? read(answer) : "";
        if (Rest(name, "sent_http_") is { } sent)
            return facts => facts.Answer is { IsThere: true } answer ? answer.Sent(sent) : "";
        if (Rest(name, "upstream_http_") is { } header)
            return facts => facts.Answer is { IsThere: true, LastTry: { } last } ? last.Header(header) : "";
        if (name.StartsWith("upstream_cookie_", StringComparison.Ordinal) && name.Length > 16)
            return facts =>
                facts.Answer is { IsThere: true, LastTry: { } last } ? CookieText.Find(last.Header("Set-Cookie"), name.AsSpan(16)) : "";
        return null;
    }

    /// <summary>True for one that changes until a WebSocket is over.</summary>
    public static bool IsLate(string name) => _clock.Contains(name) || (_all.ContainsKey(name) && !_knownAtOpening.Contains(name));

    private static string? Rest(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length ? name[prefix.Length..].Replace('_', '-') : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan? time) => time is { } known ? Seconds(known) : "-";

    // In whole milliseconds, cut off, as nginx's clock.
    private static string Seconds(TimeSpan time)
    {
        var milliseconds = (long)time.TotalMilliseconds;
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000}.{milliseconds % 1000:000}");
    }

    private static string Local(DateTimeOffset now) =>
        now.ToLocalTime() is var local
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{local:dd/MMM/yyyy:HH:mm:ss} {(local.Offset < TimeSpan.Zero ? '-' : '+')}{local.Offset:hhmm}"
            )
            : "";

    private static string List(AnswerFacts answer, Func<UpstreamTry, string> read) =>
        answer.TriesCount switch
        {
            0 => "",
            1 => read(answer.LastTry!), // it is the one
            _ => string.Join(", ", answer.Tries.Select(read)),
        };
}

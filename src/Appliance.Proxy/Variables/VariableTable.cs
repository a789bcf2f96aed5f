using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Every built-in variable (nginx's names and meaning) as a function of the request. Variables of the answer are empty while a request is
/// built, as they are in nginx.
/// </summary>
public static class VariableTable
{
    private static readonly FrozenDictionary<string, Func<RequestFacts, string>> _builtIn = new Dictionary<
        string,
        Func<RequestFacts, string>
    >
    {
        ["host"] = facts => facts.Host.Length > 0 ? facts.Host : facts.ServerName,
        ["scheme"] = facts => facts.Scheme,
        ["https"] = facts => facts.Scheme == "https" ? "on" : "",
        ["request_method"] = facts => facts.Method,
        ["request_uri"] = facts => facts.Path.RawPathAndQuery,
        ["uri"] = facts => facts.Path.Normalized,
        ["document_uri"] = facts => facts.Path.Normalized,
        ["args"] = facts => facts.Path.Query,
        ["query_string"] = facts => facts.Path.Query,
        ["is_args"] = facts => facts.Path.Query.Length > 0 ? "?" : "",
        ["remote_addr"] = facts => facts.ClientAddress?.ToString() ?? "",
        ["remote_port"] = facts => Equals(facts.ClientAddress, facts.PeerAddress) ? facts.PeerPort.ToString() : "",
        ["realip_remote_addr"] = facts =>
            (facts.Proxied is { Peer: { } proxy } ? ClientAddress.Unmap(proxy.Address) : facts.PeerAddress)?.ToString() ?? "",
        ["realip_remote_port"] = facts => (facts.Proxied?.Peer?.Port ?? facts.PeerPort).ToString(),
        ["proxy_protocol_addr"] = facts => facts.Proxied?.Source?.Address.ToString() ?? "",
        ["proxy_protocol_port"] = facts => facts.Proxied?.Source?.Port.ToString() ?? "",
        ["proxy_protocol_server_addr"] = facts => facts.Proxied?.Destination?.Address.ToString() ?? "",
        ["proxy_protocol_server_port"] = facts => facts.Proxied?.Destination?.Port.ToString() ?? "",
        ["binary_remote_addr"] = facts => Binary(facts.ClientAddress),
        ["remote_user"] = RemoteUser,
        ["server_name"] = facts => facts.ServerName,
        ["server_addr"] = facts => facts.ServerAddress?.ToString() ?? "",
        ["server_port"] = facts => facts.ServerPort.ToString(),
        ["server_protocol"] = facts => facts.Protocol,
        ["request"] = LineOf,
        ["request_id"] = IdOf,
        ["proxy_host"] = facts => HeaderText.FromConfig(facts.PoolName ?? ""),
        ["proxy_port"] = facts => facts.PoolName is null ? "" : "80",
        ["proxy_add_x_forwarded_for"] = AddForwardedFor,
        ["content_type"] = facts => facts.List("Content-Type"),
        ["content_length"] = facts => facts.List("Content-Length"),
        ["hostname"] = _ => Dns.GetHostName(),
        ["msec"] = facts => $"{Time(facts).ToUnixTimeMilliseconds() / 1000}.{Time(facts).ToUnixTimeMilliseconds() % 1000:000}",
        ["time_iso8601_ms"] = facts => Time(facts).ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture),
        ["time_iso8601"] = facts => Time(facts).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture),
    }
        .Concat(SslVariables.All)
        .ToFrozenDictionary();

    /// <summary>True for a name that a header map must not take.</summary>
    public static bool IsBuiltIn(string name) =>
        _builtIn.ContainsKey(name)
        || IsResponseSide(name)
        || name.StartsWith("http_", StringComparison.Ordinal)
        || name.StartsWith("arg_", StringComparison.Ordinal)
        || name.StartsWith("cookie_", StringComparison.Ordinal);

    /// <summary>True for a variable of the answer: it is empty while a request is built.</summary>
    public static bool IsResponseSide(string name) => AnswerVariables.Find(name) is not null;

    /// <summary>How <paramref name="name"/> is read, or null when there is no such variable.</summary>
    public static Func<RequestFacts, string>? Find(string name, VariableNames names)
    {
        if (char.IsAsciiDigit(name[0]))
            return name[0] - '0' <= names.PositionalCaptures ? Positional(name[0] - '0') : null;
        if (names.Captures.Contains(name))
            return facts => Named(facts, name);
        if (names.Maps.Contains(name))
            return facts => facts.Maps.Value(name, facts);
        if (_builtIn.TryGetValue(name, out var read))
            return read;
        if (AnswerVariables.Find(name) is { } ofAnswer)
            return ofAnswer;
        if (name.StartsWith("http_", StringComparison.Ordinal) && name.Length > 5)
            return Header(name[5..]);
        if (name.StartsWith("arg_", StringComparison.Ordinal) && name.Length > 4)
            return facts => facts.Path.Argument(name.AsSpan(4), withValue: true) ?? "";
        if (name.StartsWith("cookie_", StringComparison.Ordinal) && name.Length > 7)
            return facts => CookieText.Find(facts.Headers.Cookie, name.AsSpan(7));
        return null;
    }

    /// <summary>" Did you mean $x?" with the nearest name, or nothing.</summary>
    internal static string Hint(string name, VariableNames names)
    {
        var nearest = NearestName.Of(name, _builtIn.Keys.Concat(AnswerVariables.Names).Concat(names.Maps).Concat(names.Captures));
        return nearest is null ? "" : $" Did you mean ${nearest}?";
    }

    // nginx's $http_name: the header's name in lower case with dashes as underscores; several lines are one list.
    private static Func<RequestFacts, string> Header(string name)
    {
        // A server is asked for the host of the target: what rules write into requests is that one.
        if (name == "host")
            return facts => facts is { HostBesideTarget: { } beside, Answer.IsThere: true } ? beside : facts.List("Host");
        var dashed = name.Replace('_', '-');
        if (!name.Contains('_'))
            return facts => facts.List(dashed);
        return facts => (facts.MayHaveUnderscores ? HeadersAlike.Find(facts.Headers, dashed) : null) ?? facts.List(dashed);
    }

    /// <summary><c>$request</c>: the request line as the client wrote it.</summary>
    internal static string LineOf(RequestFacts facts) => facts.Line ?? $"{facts.Method} {facts.RawTarget} {facts.Protocol}";

    private static string AddForwardedFor(RequestFacts facts)
    {
        var before = facts.List("X-Forwarded-For");
        var address = facts.ClientAddress?.ToString() ?? "";
        return before.Length == 0 ? address : $"{before}, {address}";
    }

    // ngx_http_auth_basic_user: what stands behind the padding does not count, a missing padding is none the worse, and a user has a name
    // and a colon.
    private static string RemoteUser(RequestFacts facts)
    {
        var value = (facts.Headers.Authorization is [var first, ..] ? first ?? "" : "").AsSpan();
        if (!value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return "";
        var encoded = value[6..].TrimStart(' ');
        if (encoded.IndexOf('=') is >= 0 and var padding)
            encoded = encoded[..padding];
        var decoded = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded.ToString().PadRight((encoded.Length + 3) / 4 * 4, '='), decoded, out var length))
            return "";
        var colon = decoded.AsSpan(0, length).IndexOf((byte)':');
        return colon <= 0 ? "" : System.Text.Encoding.Latin1.GetString(decoded, 0, colon);
    }

    // Of the end in a log, as in nginx; of the request's begin elsewhere.
    private static DateTimeOffset Time(RequestFacts facts) => facts.Answer is { HasEnded: true } ended ? ended.Now : facts.Started;

    private static string Binary(IPAddress? address) =>
        address switch
        {
            null => "",
            { AddressFamily: AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 } => System.Text.Encoding.Latin1.GetString(
                address.GetAddressBytes()
            ),
            _ => "",
        };

    private static Func<RequestFacts, string> Positional(int number) =>
        facts => Group((facts.RowCaptures ?? facts.PathCaptures ?? facts.HostCaptures)?.Groups, number.ToString());

    private static string Named(RequestFacts facts, string name)
    {
        foreach (var captures in (ReadOnlySpan<Match?>)[facts.RowCaptures, facts.PathCaptures, facts.HostCaptures])
        {
            if (captures is not null && captures.Groups.TryGetValue(name, out var group))
                return group.Value;
        }

        return "";
    }

    private static string Group(GroupCollection? groups, string name) =>
        groups is not null && groups.TryGetValue(name, out var group) ? group.Value : "";

    /// <summary><c>$request_id</c> of a request, made when first asked for.</summary>
    public static string IdOf(RequestFacts facts) => facts.RequestId ??= NewId();

    /// <summary>A new ID: 32 hexadecimal digits, as nginx's <c>$request_id</c>.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}

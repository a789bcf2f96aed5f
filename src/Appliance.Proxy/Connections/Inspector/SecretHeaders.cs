using System.Text.RegularExpressions;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>What must not be seen in header lines: whole values by their names, and parts of the others.</summary>
public static partial class SecretHeaders
{
    /// <summary>The rule in words.</summary>
    public const string Words =
        "values of headers for authorization, cookies, keys, tokens, sessions, passwords and signatures; subprotocols, which often carry "
        + "tokens; what stands behind a question mark or a hash";

    // Parts of names.
    private static readonly string[] _telling =
    [
        "auth",
        "cookie",
        "token",
        "secret",
        "passw",
        "passphrase",
        "key",
        "session",
        "credential",
        "signature",
        "csrf",
        "xsrf",
        "jwt",
        "assertion",
        "otp",
        "client-cert",
        "websocket-protocol",
    ];

    // They tell nothing, although a part of the name does.
    private static readonly HashSet<string> _open = new(StringComparer.OrdinalIgnoreCase)
    {
        "Sec-WebSocket-Key",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Access-Control-Allow-Credentials",
    };

    /// <summary>The value as it may be kept: without what must not be seen, at most <paramref name="longest"/> chars.</summary>
    public static string Blacken(string name, string value, int longest, Redaction redaction)
    {
        if (value.Length == 0)
            return value;
        if (!_open.Contains(name) && _telling.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)))
            return Redaction.Mark;

        // Cut first: expressions must end soon. A secret that is cut in half is found by its beginning.
        var cut = value.Length > longest ? value[..longest] : value;
        try
        {
            cut = Query().Replace(cut, static match => match.Value[0] + Redaction.Mark);
        }
        catch (RegexMatchTimeoutException)
        {
            return Redaction.Mark;
        }

        return redaction.Apply(cut) is { } safe ? safe + (value.Length > longest ? "…" : "") : Redaction.Mark;
    }

    // The query of an address or a path, and its fragment. Values hold a char for each byte: only what no address has in it is an end.
    [GeneratedRegex("[?#][^ \t<>]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Query();
}

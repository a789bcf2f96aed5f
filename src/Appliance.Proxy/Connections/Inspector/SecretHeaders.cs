using System.Text.RegularExpressions;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>What must not be seen in header lines: whole values by their names, and parts of the others.</summary>
public static partial class SecretHeaders
{
    /// <summary>The rule in words.</summary>
    public const string Words =
        "values of headers for authorization, cookies, keys, tokens, sessions, passwords and signatures; queries in addresses";

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
            cut = Query().Replace(cut, static match => match.Groups["keep"].Value + Redaction.Mark);
        }
        catch (RegexMatchTimeoutException)
        {
            return Redaction.Mark;
        }

        return redaction.Apply(cut) is { } safe ? safe + (value.Length > longest ? "…" : "") : Redaction.Mark;
    }

    // What stands behind the question mark of an address or a path.
    [GeneratedRegex("""(?<keep>/[^\s?"'<>]*\?)[^\s"'<>]+""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Query();
}

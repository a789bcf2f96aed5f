using System.Globalization;
using System.Text;

namespace Appliance.Proxy.Variables;

/// <summary>A request target taken apart: the raw text, and nginx's normalised path made from it (ngx_http_parse_complex_uri).</summary>
public sealed class RequestPath
{
    private RequestPath(string raw, string normalized, string query, bool hasQuery, bool wasQuoted) =>
        (RawPathAndQuery, Normalized, Query, HasQuery, _wasQuoted) = (raw, normalized, query, hasQuery, wasQuoted);

    private readonly bool _wasQuoted;

    /// <summary>That of a target that cannot be read: everything of it is empty.</summary>
    public static RequestPath None { get; } = new("", "", "", false, false);

    /// <summary>The normalised path, one char per byte (Latin-1), which is what locations are compared with (<c>$uri</c>).</summary>
    public string Normalized { get; }

    /// <summary>The raw path and query (origin-form), byte for byte as sent.</summary>
    public string RawPathAndQuery { get; }

    /// <summary>The raw query without <c>?</c> (<c>$args</c>), or empty.</summary>
    public string Query { get; }

    /// <summary>True when the target had a <c>?</c>, even with nothing behind it.</summary>
    public bool HasQuery { get; }

    /// <summary>
    /// Normalises as nginx does: percent-decoded, <c>.</c> and <c>..</c> resolved, adjacent slashes merged; a fragment is cut. Null when
    /// nginx would answer 400 (above the root, NUL); a percent sign that begins no escape, which is also 400 there, stands for itself.
    /// Absolute-form targets keep their path; <c>*</c> is <c>*</c>.
    /// </summary>
    public static RequestPath? TryParse(string rawTarget)
    {
        if (rawTarget == "*")
            return new("*", "*", "", false, false);
        var raw = OriginForm(rawTarget);
        if (raw is null)
            return null;
        var mark = raw.AsSpan().IndexOfAny('?', '#');
        var path = mark < 0 ? raw : raw[..mark];
        var hasQuery = mark >= 0 && raw[mark] == '?';
        var query = hasQuery ? raw[(mark + 1)..] : "";
        if (query.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment)
            query = query[..fragment];
        var normalized = IsPlain(path) ? path : Normalize(path);
        return normalized is null ? null : new(raw, normalized, query, hasQuery, path.Contains('%', StringComparison.Ordinal));
    }

    /// <summary>Text of a config (a location, a regex) as the bytes it is compared with: UTF-8, one char per byte.</summary>
    public static string ToBytes(string text) => HeaderText.FromConfig(text);

    /// <summary>
    /// What may be kept of a target that came from anybody: its path as it was written, without scheme and authority, and without query,
    /// fragment and <c>user:password@</c>, where secrets stand. Any text may be given.
    /// </summary>
    public static string WithoutSecrets(string target)
    {
        // 1. What follows the path. An authority may end in it, too.
        var end = target.AsSpan().IndexOfAny('?', '#');
        var text = end < 0 ? target : target[..end];
        if (text.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme && !text.AsSpan(0, scheme).ContainsAny("/@"))
        {
            var path = text.IndexOf('/', scheme + 3);
            text = path < 0 ? "/" : text[path..];
        }

        // 2. A user where no scheme stands before it.
        if (!text.Contains('@', StringComparison.Ordinal))
            return text;
        var kept = new StringBuilder(text.Length);
        for (var rest = text.AsSpan(); !rest.IsEmpty; )
        {
            var slashes = rest.IndexOfAnyExcept('/') is >= 0 and var run ? run : rest.Length;
            kept.Append(rest[..slashes]);
            rest = rest[slashes..];
            var part = rest[..(rest.IndexOf('/') is >= 0 and var slash ? slash : rest.Length)];
            rest = rest[part.Length..];

            // At the begin, and behind two slashes.
            var user = slashes >= 2 || kept.Length == 0 ? part.LastIndexOf('@') : -1;
            kept.Append(part[(user + 1)..]);
        }

        return kept.ToString();
    }

    /// <summary>
    /// Text of a target as ASCII: bytes that no target may have (RFC 9112, 3.2) percent-encoded, everything else as it is, also what is
    /// encoded already.
    /// </summary>
    public static string Escaped(string bytes)
    {
        if (!bytes.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return bytes;
        var text = new StringBuilder(bytes.Length + 16);
        foreach (var character in bytes)
            Append(text, character, character is < '!' or > '~');
        return text.ToString();
    }

    /// <summary>A normalised path (of a location) as a target that means it: escaped as nginx does it.</summary>
    public static string Target(string normalized)
    {
        var text = new StringBuilder(normalized.Length);
        foreach (var character in normalized)
            Append(text, character, MustEscape(character));
        return text.ToString();
    }

    /// <summary>
    /// The first argument of that name, as it came (not decoded, as nginx's <c>$arg_</c>), or null. Names ignore case.
    /// </summary>
    /// <param name="name">The name, ASCII.</param>
    /// <param name="withValue">Only one that has an equals sign, as nginx looks for it.</param>
    public string? Argument(ReadOnlySpan<char> name, bool withValue = false)
    {
        foreach (var range in Query.AsSpan().Split('&'))
        {
            var pair = Query.AsSpan()[range];
            var equals = pair.IndexOf('=');
            var key = equals < 0 ? pair : pair[..equals];
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase) && (equals >= 0 || !withValue))
                return equals < 0 ? "" : pair[(equals + 1)..].ToString();
        }

        return null;
    }

    /// <summary>
    /// The target for the upstream when the route has an upstream path: the first <paramref name="cut"/> bytes of the normalised path (the
    /// location) replaced by <paramref name="upstreamPath"/>, the rest re-escaped as nginx does it, query appended. ASCII.
    /// </summary>
    public string Replace(int cut, string upstreamPath)
    {
        var tail = Normalized.AsSpan(Math.Min(cut, Normalized.Length));
        var text = new StringBuilder(upstreamPath, upstreamPath.Length + tail.Length + Query.Length + 1);

        // nginx escapes only what it had decoded: a target without any escape goes on as it came.
        foreach (var character in tail)
            Append(text, character, _wasQuoted && MustEscape(character));
        if (Query.Length > 0)
            text.Append('?').Append(Query);
        return Escaped(text.ToString());
    }

    private static void Append(StringBuilder text, char character, bool escape)
    {
        if (escape)
            text.Append('%').Append(((int)character).ToString("X2", CultureInfo.InvariantCulture));
        else
            text.Append(character);
    }

    // NGX_ESCAPE_URI since 1.21.1.
    private static bool MustEscape(char character) =>
        character is <= ' ' or >= '\x7f' or '"' or '#' or '%' or '<' or '>' or '?' or '\\' or '^' or '`' or '{' or '|' or '}';

    private static string? OriginForm(string rawTarget)
    {
        if (rawTarget.Length == 0)
            return null;
        if (rawTarget[0] == '/')
            return rawTarget;
        var scheme = rawTarget.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
            return null;
        var end = rawTarget.AsSpan(scheme + 3).IndexOfAny('/', '?', '#');
        if (end < 0)
            return "/";
        var rest = rawTarget[(scheme + 3 + end)..];
        return rest[0] == '/' ? rest : "/" + rest;
    }

    private static bool IsPlain(string path) =>
        !path.Contains('%', StringComparison.Ordinal)
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal);

    /// <summary>
    /// The states of nginx's parser: what was just seen decides what a dot or a slash means. Decoded characters take part like plain ones.
    /// Null above the root.
    /// </summary>
    /// <param name="path">The raw path.</param>
    /// <param name="starts">When given, gets for each char of the result where it begins in <paramref name="path"/>; as long as the path or
    /// longer.</param>
    internal static string? Normalize(string path, Span<int> starts = default)
    {
        var output = new char[path.Length + 1];
        var length = 0;
        var state = State.Usual;
        for (var at = 0; at < path.Length; at++)
        {
            var character = path[at];
            if (length < starts.Length)
                starts[length] = at;
            if (character == '%')
            {
                if (at + 2 >= path.Length || !char.IsAsciiHexDigit(path[at + 1]) || !char.IsAsciiHexDigit(path[at + 2]))
                {
                    // nginx answers 400. What is forwarded is what came, so a percent sign that begins no escape is itself.
                    state = State.Usual;
                    output[length++] = '%';
                    continue;
                }

                character = (char)Convert.ToInt32(path.Substring(at + 1, 2), 16);
                at += 2;
                if (character == '\0')
                    return null;
                if (character is '%' or '#' or '?')
                {
                    state = State.Usual;
                    output[length++] = character;
                    continue;
                }
            }

            switch (state)
            {
                case State.Slash when character == '/':
                    break;
                case State.Slash when character == '.':
                    state = State.Dot;
                    output[length++] = '.';
                    break;
                case State.Dot when character == '/':
                    state = State.Slash;
                    length--;
                    break;
                case State.Dot when character == '.':
                    state = State.DotDot;
                    output[length++] = '.';
                    break;
                case State.DotDot when character == '/':
                    if (!Up(output, ref length))
                        return null;
                    state = State.Slash;
                    break;
                default:
                    state = character == '/' ? State.Slash : State.Usual;
                    output[length++] = character;
                    break;
            }
        }

        if (state == State.Dot)
            length--;
        else if (state == State.DotDot && !Up(output, ref length))
            return null;
        return new(output, 0, length);
    }

    // Cuts "/name/.." to "/". False above the root.
    private static bool Up(char[] output, ref int length)
    {
        length -= 4;
        while (length >= 0)
        {
            if (output[length] == '/')
            {
                length++;
                return true;
            }

            length--;
        }

        return false;
    }

    private enum State
    {
        Usual,
        Slash,
        Dot,
        DotDot,
    }
}

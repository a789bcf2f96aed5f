using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Headers;

/// <summary>
/// Keeps the console's cookies away from servers. Browsers send a host's cookies to every port of it (RFC 6265, 8.5). Where console and
/// proxy share a host name, a server behind the proxy would read the administrator's session, and could set another one. Only the names of
/// this console are meant: another console behind this proxy keeps its cookies.
/// </summary>
/// <param name="prefix">What the names begin with, behind <c>__Host-</c> or <c>__Secure-</c>; null: this process has no console.</param>
public sealed class ConsoleCookies(string? prefix)
{
    /// <summary>A proxy without a console.</summary>
    public static ConsoleCookies None { get; } = new(null);

    /// <summary>True when there is a console.</summary>
    public bool AreThere => prefix is not null;

    /// <summary>
    /// The lines of a Cookie header without the console's pairs. Without such pairs, the same object. Empty when no other pair is left.
    /// </summary>
    public StringValues WithoutOurs(StringValues cookie)
    {
        if (!Mentions(cookie))
            return cookie;
        var lines = new List<string>(cookie.Count);
        foreach (var line in cookie)
        {
            var kept = new List<string>();
            foreach (var pair in (line ?? "").Split(';'))
            {
                if (!IsOurs(pair))
                    kept.Add(pair);
            }

            var text = string.Join(';', kept).TrimStart(' ', '\t');
            if (text.Length > 0)
                lines.Add(text);
        }

        return lines.Count == 0 ? StringValues.Empty : new(lines.ToArray());
    }

    /// <summary>
    /// The lines of Set-Cookie without those that would set a cookie of the console. Without such lines, the same object.
    /// </summary>
    public StringValues WithoutOursSet(StringValues setCookie) =>
        Mentions(setCookie) ? new(setCookie.Where(line => !IsOurs(line ?? "")).ToArray()) : setCookie;

    /// <summary>True for a pair (<c>name=value</c>, attributes behind it or not) whose name is the console's.</summary>
    public bool IsOurs(ReadOnlySpan<char> pair)
    {
        if (prefix is null)
            return false;
        var name = pair.Trim(" \t");
        foreach (var qualifier in (ReadOnlySpan<string>)["__Host-", "__Secure-"])
        {
            // Browsers compare these without regard to case (RFC 6265bis, 4.1.3).
            if (name.StartsWith(qualifier, StringComparison.OrdinalIgnoreCase))
            {
                name = name[qualifier.Length..];
                break;
            }
        }

        return name.StartsWith(prefix, StringComparison.Ordinal);
    }

    /// <summary>True when one of the names may be in there. Hot path: one look at each line.</summary>
    public bool Mentions(StringValues lines)
    {
        if (prefix is null)
            return false;
        foreach (var line in lines)
        {
            if (line is not null && line.Contains(prefix, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}

using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Finds a cookie as nginx does (ngx_http_parse_multi_header_lines): the name ignoring case, blanks around the equals sign, a comma ends a
/// pair that is another one.
/// </summary>
internal static class CookieText
{
    /// <summary>The value of the first cookie of that name, up to the next semicolon, or empty.</summary>
    public static string Find(StringValues lines, ReadOnlySpan<char> name)
    {
        foreach (var line in lines)
        {
            for (var rest = line.AsSpan(); !rest.IsEmpty; rest = Next(rest))
            {
                if (ValueOf(rest, name, out var value))
                    return value.ToString();
            }
        }

        return "";
    }

    private static bool ValueOf(ReadOnlySpan<char> pair, ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        value = default;
        if (!pair.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            return false;
        var behind = pair[name.Length..].TrimStart(' ');
        if (behind.IsEmpty || behind[0] != '=')
            return false;
        value = behind[1..].TrimStart(' ');
        if (value.IndexOf(';') is >= 0 and var end)
            value = value[..end];
        return true;
    }

    private static ReadOnlySpan<char> Next(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(';', ',');
        return end < 0 ? [] : rest[(end + 1)..].TrimStart(' ');
    }
}

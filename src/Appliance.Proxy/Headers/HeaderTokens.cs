using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Headers;

/// <summary>Headers whose value is a list of tokens, as Connection and Upgrade (RFC 9110, 5.6.1).</summary>
internal static class HeaderTokens
{
    /// <summary>True when one of the comma-separated elements of any line is <paramref name="token"/>, ignoring case.</summary>
    public static bool Have(StringValues lines, string token)
    {
        foreach (var line in lines)
        {
            if (line is not null && Have(line.AsSpan(), token))
                return true;
        }

        return false;
    }

    /// <summary>True when one of the comma-separated elements is <paramref name="token"/>, ignoring case.</summary>
    public static bool Have(ReadOnlySpan<char> line, ReadOnlySpan<char> token)
    {
        foreach (var part in line.Split(','))
        {
            if (line[part].Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}

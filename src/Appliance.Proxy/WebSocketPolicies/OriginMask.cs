using System.Buffers;

namespace Appliance.Proxy.WebSocketPolicies;

/// <summary>
/// Compares an Origin header with a mask: letters without case, <c>*</c> for any characters but a slash; <c>*</c> alone is any origin.
/// </summary>
public static class OriginMask
{
    private static readonly SearchValues<char> _notInHost = SearchValues.Create("/?#@ \t\r\n");

    /// <summary>True when <paramref name="origin"/> is one that <paramref name="mask"/> means.</summary>
    public static bool Matches(string mask, string origin)
    {
        // Alone it means any; as a part of a mask it would never get past "https://".
        if (mask is "*")
            return true;

        // The usual walk over two strings: the last star takes one character more whenever the rest does not fit.
        var (at, star, taken) = (0, -1, 0);
        for (var i = 0; i < origin.Length; )
        {
            if (at < mask.Length && mask[at] == '*')
            {
                (star, taken) = (at++, i);
            }
            else if (at < mask.Length && char.ToLowerInvariant(mask[at]) == char.ToLowerInvariant(origin[i]))
            {
                at++;
                i++;
            }
            else if (star >= 0 && origin[taken] != '/')
            {
                i = ++taken;
                at = star + 1;
            }
            else
            {
                return false;
            }
        }

        while (at < mask.Length && mask[at] == '*')
            at++;
        return at == mask.Length;
    }

    /// <summary>What is wrong with a mask, or null.</summary>
    public static string? Fault(string mask)
    {
        if (mask is "null" or "*")
            return null;
        var scheme = mask.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0 || scheme + 3 == mask.Length)
            return $"\"{mask}\" is not an origin; it has a scheme and a host, as https://app.example.com or https://*.example.com.";
        return mask.AsSpan(scheme + 3).ContainsAny(_notInHost)
            ? $"\"{mask}\" is not an origin; nothing follows the host and the port."
            : null;
    }
}

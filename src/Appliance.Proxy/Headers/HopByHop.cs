using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Headers;

/// <summary>Headers that belong to one connection and never cross (RFC 9110, 7.6.1).</summary>
public static class HopByHop
{
    private static readonly FrozenSet<string> _names = new[]
    {
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "HTTP2-Settings",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // A client that nominates these asks us to forge its own message: without Host or length it would be another request.
    private static readonly FrozenSet<string> _neverNominated = new[]
    {
        "close",
        "keep-alive",
        "upgrade",
        "Host",
        "Content-Length",
        "Content-Type",
        "Content-Encoding",
        "Cache-Control",
        "Authorization",
        "Cookie",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Forwarded",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a header that never crosses, ignoring case.</summary>
    public static bool Is(string name) => _names.Contains(name);

    /// <summary>The names that a Connection header nominates, or null when it has only the usual options.</summary>
    public static HashSet<string>? Nominated(StringValues connection)
    {
        HashSet<string>? nominated = null;
        foreach (var line in connection)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var option = line.AsSpan()[range].Trim();
                if (option.IsEmpty)
                    continue;
                var name = option.ToString();
                if (!_neverNominated.Contains(name) && !Is(name))
                    (nominated ??= new(StringComparer.OrdinalIgnoreCase)).Add(name);
            }
        }

        return nominated;
    }
}
